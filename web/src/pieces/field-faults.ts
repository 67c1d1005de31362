/**
 * The faults of a problem by the field beside which they stand, in the language of whoever reads. A fault inside a member
 * stands beside the member, with its place.
 */
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblemCode } from '../api/problem';
import { useFaultText } from './fault-text';

const NONE = {};

/** @param fieldOf the fields of members that are called otherwise. */
export function useFieldFaults(
  fieldOf: Partial<Record<string, string>> = NONE,
): (error: unknown) => Record<string, string> {
  const { t } = useTranslation();
  const faultText = useFaultText();
  return useCallback(
    (error) => {
      const texts: Record<string, string> = {};
      if (!isProblemCode(error, 'validation_failed', 'duplicate_url')) return texts;
      for (const fault of error.faults) {
        const [member = ''] = fault.field.split(/[.[]/);
        const name = fieldOf[member] ?? member;
        const inside = fault.field
          .slice(member.length)
          .replace(/^\./, '')
          .replace(/^\[(\d+)\]$/, (_, at) => t('fault.entry', { number: Number(at) + 1 }));
        const text = inside === '' ? faultText(fault) : `${inside}: ${faultText(fault)}`;
        texts[name] = name in texts ? `${texts[name] ?? ''}; ${text}` : text;
      }
      return texts;
    },
    [t, faultText, fieldOf],
  );
}

/** Whether all that is wrong stands beside one of these fields; else somebody has to say it elsewhere. */
export function areShown(faults: Record<string, string>, fields: readonly string[]): boolean {
  const names = Object.keys(faults);
  return names.length > 0 && names.every((name) => fields.includes(name));
}

/** Brings the first wrong field to whoever filled the form in, once the faults are on the screen. */
export function focusFirstFault(): void {
  requestAnimationFrame(() => {
    requestAnimationFrame(() => {
      document.querySelector<HTMLElement>('[aria-invalid="true"], [data-fault]')?.focus();
    });
  });
}
