/** From when on a new webhook gets events: also those that the log still has. */
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { StartChoice } from './start-choice';
import type { WebhookForm } from './use-webhook-form';
import { Section } from './webhook-fields';

export function StartFields({ form }: { form: WebhookForm }): ReactElement {
  const { t } = useTranslation();
  const { startFrom, startAt } = form.values;
  return (
    <Section title={t('form.startFrom')}>
      <StartChoice
        startFrom={startFrom}
        startAt={startAt}
        error={form.errors.startAt}
        onChange={(part) => {
          form.setValues(part);
          form.clearFieldError('startAt');
        }}
      />
    </Section>
  );
}
