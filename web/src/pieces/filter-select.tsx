/** A choice that filters a list. The browser's own: it is known to every keyboard, phone and screen reader. */
import { NativeSelect } from '@mantine/core';
import type { ReactElement } from 'react';
import { isOneOf } from './search';

interface FilterSelectProps<Value extends string> {
  readonly label: string;
  /** What stands for "no filter". */
  readonly any?: string;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly value: Value | undefined;
  readonly onChange: (value: Value | undefined) => void;
  readonly width: number;
}

export function FilterSelect<Value extends string>(props: FilterSelectProps<Value>): ReactElement {
  const { label, any, options, value, onChange, width } = props;
  const values = options.map((option) => option.value);
  return (
    <NativeSelect
      aria-label={label}
      data={[...(any === undefined ? [] : [{ value: '', label: any }]), ...options]}
      value={value ?? ''}
      onChange={({ currentTarget }) => {
        const chosen = currentTarget.value;
        onChange(isOneOf(values, chosen) ? chosen : undefined);
      }}
      w={width}
    />
  );
}
