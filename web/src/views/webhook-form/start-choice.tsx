/** The choice of when a webhook begins, in the log or now, with how many events that is. */
import { Radio, Stack, TextInput, VisuallyHidden } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { instantOf } from './form-values';
import { LogRange } from './log-range';

export const STARTS = ['now', 'time', 'earliest'] as const;
export type StartFrom = (typeof STARTS)[number];

interface StartChoiceProps {
  readonly startFrom: StartFrom;
  /** As the browser's field for a time writes it. */
  readonly startAt: string;
  readonly error?: ReactNode;
  readonly onChange: (part: { startFrom?: StartFrom; startAt?: string }) => void;
}

export function StartChoice({ startFrom, startAt, error, onChange }: StartChoiceProps): ReactElement {
  const { t } = useTranslation();
  const at = instantOf(startAt);
  return (
    <Stack gap="sm">
      <Radio.Group
        label={<VisuallyHidden>{t('form.startFrom')}</VisuallyHidden>}
        labelProps={{ pos: 'absolute' }}
        value={startFrom}
        onChange={(value) => {
          onChange({ startFrom: STARTS.find((start) => start === value) ?? 'now' });
        }}
      >
        <Stack gap="sm">
          {STARTS.map((value) => (
            <Radio
              key={value}
              value={value}
              label={t(`form.start.${value}`)}
              description={t(`form.startHelp.${value}`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      {(startFrom === 'time' || error !== undefined) && (
        <TextInput
          type="datetime-local"
          label={t('form.startAt')}
          maw={280}
          value={startAt}
          error={error}
          onChange={({ currentTarget }) => {
            onChange({ startAt: currentTarget.value });
          }}
        />
      )}
      {startFrom !== 'now' && <LogRange from={startFrom === 'earliest' ? startFrom : at} />}
    </Stack>
  );
}
