/**
 * The state of the form, and where a fault is shown. What is plainly missing is said without asking the service; every
 * other rule is the service's, and its faults stand beside their fields.
 */
import { useForm, type UseFormReturnType } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { isProblemCode } from '../../api/problem';
import { parseDuration } from '../../pieces/duration';
import { useFaultText } from '../../pieces/fault-text';
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
  const { t } = useTranslation();
  const faultText = useFaultText();
  return (error) => {
    if (!isProblemCode(error, 'validation_failed', 'duplicate_url') || error.faults.length === 0)
      return false;
    const errors: Record<string, string> = {};
    for (const fault of error.faults) {
      const [member = ''] = fault.field.split(/[.[]/);
      const name = FIELD_OF[member] ?? member;
      const inside = fault.field
        .slice(member.length)
        .replace(/^\./, '')
        .replace(/^\[(\d+)\]$/, (_, at) => t('fault.entry', { number: Number(at) + 1 }));
      const text = inside === '' ? faultText(fault) : `${inside}: ${faultText(fault)}`;
      errors[name] = name in errors ? `${errors[name] ?? ''}; ${text}` : text;
    }
    form.setErrors(errors);
    return Object.keys(errors).every((name) => name in form.values);
  };
}

/** Brings the first wrong field to whoever filled the form in. */
export function focusFirstFault(): void {
  requestAnimationFrame(() => {
    document.querySelector<HTMLElement>('[aria-invalid="true"], [data-fault]')?.focus();
  });
}
