/**
 * A text that filters a list: told when typing pauses. What comes from elsewhere, such as cleared filters, replaces what was
 * typed; what it told itself does not.
 */
import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState, type ReactElement, type ReactNode } from 'react';

const TYPING_PAUSE_MS = 300;

interface TextFilterProps {
  readonly label: string;
  readonly placeholder?: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
  /** Whether a text can be filtered by. One that cannot is no filter. */
  readonly fits?: (text: string) => boolean;
  readonly maxLength?: number;
  readonly leftSection?: ReactNode;
  readonly width: number;
}

export function TextFilter(props: TextFilterProps): ReactElement {
  const { label, placeholder = label, value = '', onChange, fits = () => true, width, ...rest } = props;
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  const [known, setKnown] = useState(value);
  if (value !== known) {
    setKnown(value);
    if (value !== told) {
      setTold(value);
      setText(value);
    }
  }
  const tell = useDebouncedCallback((typed: string) => {
    const wanted = fits(typed) ? typed : '';
    setTold(wanted);
    onChange(wanted === '' ? undefined : wanted);
  }, TYPING_PAUSE_MS);
  return (
    <TextInput
      {...rest}
      aria-label={label}
      placeholder={placeholder}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        tell(currentTarget.value.trim());
      }}
      w={width}
      maw="100%"
    />
  );
}
