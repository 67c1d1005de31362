/**
 * The state of the form, and where a fault is shown. What is plainly missing is said without asking the service; every
 * other rule is the service's, and its faults stand beside their fields.
 */
import { useForm, type UseFormReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { parseDuration } from '../../pieces/duration';
import { areShown, useFieldFaults } from '../../pieces/field-faults';
import type { FormValues } from './form-values';

export type WebhookForm = UseFormReturnType<FormValues>;

const FIELD_OF: Partial<Record<string, keyof FormValues>> = {
  secret_token: 'token',
  start_from: 'startAt',
};

export function useWebhookForm(initialValues: FormValues): WebhookForm {
  const { t } = useTranslation();
  return useForm<FormValues>({
    initialValues,
    validate: {
      url: (url) => (url.trim() === '' ? t('form.fault.url') : null),
      triggers: (triggers) => (triggers.length === 0 ? t('form.fault.triggers') : null),
      retry_schedule: (delays, { ownSchedule }) => {
        const wrong = ownSchedule ? delays.find((delay) => parseDuration(delay) === null) : undefined;
        return wrong === undefined ? null : t('form.fault.delay', { delay: wrong });
      },
    },
    onSubmitPreventDefault: 'always',
  });
}

/**
 * Puts the faults of a problem beside their fields, in the language of whoever reads.
 * @returns whether all of it is there now; else somebody has to say it elsewhere.
 */
export function useShowFaults(form: WebhookForm): (error: unknown) => boolean {
  const fieldFaults = useFieldFaults(FIELD_OF);
  return (error) => {
    const faults = fieldFaults(error);
    form.setErrors(faults);
    return areShown(faults, Object.keys(form.values));
  };
}
