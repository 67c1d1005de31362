/**
 * A fault of a member in the words of whoever reads: by its code and the values that go with it. A code that this page does
 * not know keeps the words of the service.
 */
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldFault } from '../api/problem';

type Param = NonNullable<FieldFault['params']>[string];

export function useFaultText(): (fault: FieldFault) => string {
  const { t, i18n } = useTranslation();
  return useCallback(
    ({ code, message, params = {} }) => {
      const inWords = (name: string, value: Param): string => {
        if (typeof value === 'number') return value.toLocaleString(i18n.language);
        if (Array.isArray(value))
          return new Intl.ListFormat(i18n.language, { type: 'disjunction' }).format(value);
        if (name === 'other') return t(`member.${value as 'from'}`, { defaultValue: value });
        return name === 'reason' ? t(`deadLetterReason.${value as 'empty'}`, { defaultValue: value }) : value;
      };
      const words = Object.entries(params).map(([name, value]) => [name, inWords(name, value)]);
      return t(`fault.${code}`, {
        ...(Object.fromEntries(words) as Record<string, string>),
        message,
        count: Number(params.min ?? params.max ?? 0),
        defaultValue: message,
      });
    },
    [t, i18n.language],
  );
}
