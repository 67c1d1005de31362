/**
 * The last 24 hours of one webhook at a glance: a bar for an hour in which all arrived, an exclamation mark for one in which
 * something failed, a short line for one without attempts, a dot for one that is not known. The figures of an hour are
 * told where the mouse is; for keyboards and screen readers there is their sum.
 */
import { Skeleton } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Dash } from '../../pieces/dash';
import { useHint } from '../../pieces/hint';
import { useProblemText } from '../../pieces/problem-notice';
import classes from './hour-strip.module.css';
import type { Hour } from './use-hours';

const STEP = 5;
const WIDTH = 3;
const HEIGHT = 20;

export function HourStrip({ hours, error }: { hours: readonly Hour[] | null; error: unknown }): ReactElement {
  const problemText = useProblemText();
  if (hours) return <Strip hours={hours} />;
  if (error === null) return <Skeleton className={classes.strip} />;
  const { title, text } = problemText(error);
  return <Dash reason={`${title}. ${text}`} />;
}

function Strip({ hours }: { hours: readonly Hour[] }): ReactElement {
  const { t, i18n } = useTranslation();
  const [at, setAt] = useState<number | null>(null);
  const number = (value: number): string => value.toLocaleString(i18n.language);
  const figures = (of: readonly Hour[]): string => {
    const known = of.filter(({ delivered }) => delivered !== null);
    const delivered = known.reduce((sum, hour) => sum + (hour.delivered ?? 0), 0);
    const failed = known.reduce((sum, hour) => sum + hour.failed, 0);
    if (known.length === 0) return t('value.unknown');
    return delivered + failed === 0
      ? t('strip.none')
      : t('strip.figures', { delivered: number(delivered), failed: number(failed) });
  };
  const sum = `${t('webhooks.column.hours')}: ${figures(hours)}`;
  const one = at === null ? undefined : hours[at];
  const { props, tooltip } = useHint(one ? `${hourText(one, i18n.language)}: ${figures([one])}` : sum);
  return (
    <>
      <svg
        {...props}
        className={classes.strip}
        viewBox={`0 0 ${hours.length * STEP} ${HEIGHT}`}
        role="img"
        aria-label={sum}
        tabIndex={0}
        onMouseMove={({ clientX, currentTarget }) => {
          const { left, width } = currentTarget.getBoundingClientRect();
          setAt(Math.floor(((clientX - left) / width) * hours.length));
        }}
        onMouseLeave={() => {
          setAt(null);
          props.onMouseLeave();
        }}
      >
        {shapesOf(hours).map(([tone, shape]) => (
          <path key={tone} d={shape} className={classes[tone]} />
        ))}
      </svg>
      {tooltip}
    </>
  );
}

type Tone = 'unknown' | 'none' | 'good' | 'some' | 'bad';

/** One shape for all hours of a tone: a list has many rows, and each row many hours. */
function shapesOf(hours: readonly Hour[]): [Tone, string][] {
  const shapes = new Map<Tone, string>();
  for (const [place, hour] of hours.entries()) {
    const tone = toneOf(hour);
    shapes.set(tone, (shapes.get(tone) ?? '') + shapeOf(tone, place * STEP + 1));
  }
  return [...shapes];
}

function toneOf({ delivered, failed }: Hour): Tone {
  if (delivered === null) return 'unknown';
  if (failed > 0) return delivered > 0 ? 'some' : 'bad';
  return delivered > 0 ? 'good' : 'none';
}

function shapeOf(tone: Tone, x: number): string {
  const bar = (y: number, height: number): string => `M${x} ${y}h${WIDTH}v${height}h-${WIDTH}z`;
  switch (tone) {
    case 'unknown':
      return bar(HEIGHT - 3, 1);
    case 'none':
      return bar(HEIGHT - 4, 3);
    case 'good':
      return bar(5, HEIGHT - 6);
    case 'some':
    case 'bad':
      return bar(1, HEIGHT - 8) + bar(HEIGHT - 4, 3);
  }
}

function hourText({ hour }: Hour, language: string): string {
  const from = new Date(hour);
  const format = new Intl.DateTimeFormat(language, {
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return format.formatRange(from, new Date(from.getTime() + 3_600_000));
}
