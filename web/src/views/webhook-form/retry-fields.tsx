/** The retry schedule, with what it means in words: how many attempts, and for how long. */
import { Radio, Stack, TagsInput, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { durationInWords, parseDuration } from '../../pieces/duration';
import type { WebhookForm } from './use-webhook-form';

const MAX_DELAYS = 50;
/** A beginning for a schedule of one's own. */
const FIRST_OWN = ['5s', '5m', '30m', '2h', '5h', '10h'];

export function RetryFields({ form }: { form: WebhookForm }): ReactElement {
  const { t } = useTranslation();
  const { ownSchedule, retry_schedule } = form.values;
  return (
    <Stack gap="xs">
      <Radio.Group
        label={t('form.retry_schedule')}
        value={ownSchedule ? 'own' : 'service'}
        onChange={(choice) => {
          form.setFieldValue('ownSchedule', choice === 'own');
          if (choice === 'own' && retry_schedule.length === 0)
            form.setFieldValue('retry_schedule', FIRST_OWN);
        }}
      >
        <Stack gap={8} mt={6}>
          <Radio value="service" label={t('form.retryService')} description={t('form.retryServiceHelp')} />
          <Radio value="own" label={t('form.retryOwn')} />
        </Stack>
      </Radio.Group>
      {ownSchedule && (
        <>
          <TagsInput
            label={t('form.delays')}
            description={t('form.delaysHelp')}
            allowDuplicates
            maxTags={MAX_DELAYS}
            splitChars={[',', ' ', ';']}
            acceptValueOnBlur
            {...form.getInputProps('retry_schedule')}
          />
          <ScheduleInWords delays={retry_schedule} />
        </>
      )}
    </Stack>
  );
}

export function ScheduleInWords({ delays }: { delays: readonly string[] }): ReactElement {
  const { t, i18n } = useTranslation();
  const span = delays.reduce((sum, delay) => sum + (parseDuration(delay) ?? 0), 0);
  return (
    <Text size="sm" c="dimmed" aria-live="polite">
      {delays.length === 0
        ? t('schedule.once')
        : t('schedule.words', { count: delays.length + 1, span: durationInWords(span, i18n.language) })}
    </Text>
  );
}
