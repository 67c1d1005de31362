/**
 * The state of the form, and where a fault is shown. What is plainly missing is said without asking the service; every
 * other rule is the service's, and its faults stand beside their fields.
 */
import { useForm, type UseFormReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { isProblemCode } from '../../api/problem';
import { parseDuration } from '../../pieces/duration';
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

/** @returns whether the problem is now beside fields; else somebody has to say it elsewhere. */
export function showFaults(form: WebhookForm, error: unknown): boolean {
  if (isProblemCode(error, 'duplicate_url')) {
    form.setErrors({ url: error.detail });
    return true;
  }
  if (!isProblemCode(error, 'validation_failed') || error.faults.length === 0) return false;
  const errors: Record<string, string> = {};
  for (const { field, message } of error.faults) {
    const [member = ''] = field.split(/[.[]/);
    const name = FIELD_OF[member] ?? member;
    const inside = field.slice(member.length).replace(/^\./, '');
    const text = inside === '' ? message : `${inside}: ${message}`;
    errors[name] = name in errors ? `${errors[name] ?? ''}; ${text}` : text;
  }
  form.setErrors(errors);
  return Object.keys(errors).every((name) => name in form.values);
}

/** Brings the first wrong field to whoever filled the form in. */
export function focusFirstFault(): void {
  requestAnimationFrame(() => {
    document.querySelector<HTMLElement>('[aria-invalid="true"], [data-fault]')?.focus();
  });
}
