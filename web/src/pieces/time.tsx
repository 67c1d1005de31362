/** A moment as people say it ("5 minutes ago"), with the exact one on hover and focus, in the reader's language. */
import { useEffect, useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { serviceNow } from '../api/service-clock';
import { useHint } from './hint';

const STEPS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;
const TICK_MS = 15_000;

const relativeFormat = ofLanguage((language) => new Intl.RelativeTimeFormat(language, { numeric: 'auto' }));
const exactFormat = ofLanguage(
  (language) => new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' }),
);

export function Time({ at }: { at: string }): ReactElement {
  const { i18n } = useTranslation();
  const now = useNow();
  const { props, tooltip } = useHint(<ExactTime at={at} />);
  return (
    <>
      <time {...props} dateTime={at} tabIndex={0} className="time">
        {relativeTime(at, now, i18n.language)}
      </time>
      {tooltip}
    </>
  );
}

function ExactTime({ at }: { at: string }): ReactElement {
  const { i18n } = useTranslation();
  return <>{exactTime(at, i18n.language)}</>;
}

export function relativeTime(at: string, now: number, language: string): string {
  const seconds = Math.round((new Date(at).getTime() - now) / 1_000);
  const format = relativeFormat(language);
  for (const [unit, size] of STEPS)
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  return format.format(Math.abs(seconds) < 5 ? 0 : seconds, 'second');
}

export function exactTime(at: string, language: string): string {
  return exactFormat(language).format(new Date(at));
}

/** To make a format takes as long as to use it a hundred times, and a list has many times. */
function ofLanguage<Format>(make: (language: string) => Format): (language: string) => Format {
  const made = new Map<string, Format>();
  return (language) => {
    const format = made.get(language) ?? make(language);
    made.set(language, format);
    return format;
  };
}

export function useNow(): number {
  const [now, setNow] = useState(serviceNow);
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(serviceNow());
    }, TICK_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return now;
}
