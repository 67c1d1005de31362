/** From when on a new webhook gets events: also those that the log still has. */
import { Radio, Stack, TextInput } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { WebhookForm } from './use-webhook-form';
import { Section } from './webhook-fields';

export function StartFields({ form }: { form: WebhookForm }): ReactElement {
  const { t } = useTranslation();
  const { startFrom } = form.values;
  return (
    <Section title={t('form.startFrom')}>
      <Radio.Group aria-label={t('form.startFrom')} {...form.getInputProps('startFrom')}>
        <Stack gap="sm">
          {(['now', 'time', 'earliest'] as const).map((value) => (
            <Radio
              key={value}
              value={value}
              label={t(`form.start.${value}`)}
              description={t(`form.startHelp.${value}`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      {(startFrom === 'time' || form.errors.startAt !== undefined) && (
        <TextInput
          type="datetime-local"
          label={t('form.startAt')}
          maw={280}
          {...form.getInputProps('startAt')}
        />
      )}
    </Section>
  );
}
