/** Copies a text, and says so to eyes and ears. Where the browser gives no clipboard, the text is there to select. */
import { Button, VisuallyHidden, type ButtonProps } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

const SHOWN_MS = 2_000;

interface CopyButtonProps extends Pick<ButtonProps, 'variant' | 'size'> {
  readonly text: string;
  readonly label?: string;
  /** For screen readers, where there are several: what is copied. */
  readonly what?: string;
  /** In a dialog: it has the focus first. */
  readonly first?: boolean;
}

export function CopyButton(props: CopyButtonProps): ReactElement {
  const { text, label, what, first, variant = 'default', size = 'xs' } = props;
  const { t } = useTranslation();
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  const copy = async (): Promise<void> => {
    setState((await copyText(text)) ? 'copied' : 'failed');
    setTimeout(() => {
      setState('idle');
    }, SHOWN_MS);
  };
  return (
    <Button
      variant={variant}
      size={size}
      leftSection={state === 'copied' ? <IconCheck size={15} /> : <IconCopy size={15} />}
      onClick={() => void copy()}
      data-autofocus={first}
    >
      <span aria-live="polite">{state === 'idle' ? (label ?? t('action.copy')) : t(`copy.${state}`)}</span>
      {what !== undefined && <VisuallyHidden> {what}</VisuallyHidden>}
    </Button>
  );
}

/** A page that came without TLS, from another machine, has no `navigator.clipboard`. */
async function copyText(text: string): Promise<boolean> {
  try {
    await (navigator.clipboard as Clipboard | undefined)?.writeText(text);
    if ('clipboard' in navigator) return true;
  } catch {
    // Not allowed: the old way may be.
  }
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way without a secure context
  const copied = document.execCommand('copy');
  field.remove();
  return copied;
}
