/**
 * How long requests took, per hour, as three lines, on a scale of powers of ten: a few slow ones hide nothing. An hour without attempts, or that the history does not know, is a gap.
 * Each hour is a level stretch, so that one alone is seen too.
 */
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Stats } from '../../api/generated/types.gen';
import { CHART_HEIGHT, ChartFrame, STEP } from './chart-frame';
import classes from './latency-chart.module.css';

type Hour = Stats['hours'][number];
const PERCENTILES = ['p50', 'p95', 'p99'] as const;

export function LatencyChart({ hours }: { hours: Hour[] }): ReactElement {
  const { t, i18n } = useTranslation();
  const took = (ms: number): string => t('attempt.took', { ms: ms.toLocaleString(i18n.language) });
  const known = hours.flatMap(({ duration_ms }) => duration_ms ?? []);
  const low = Math.floor(power(Math.min(...known.map(({ p50 }) => p50))));
  const high = Math.max(low + 1, Math.ceil(power(Math.max(...known.map(({ p99 }) => p99)))));
  const lines = Array.from({ length: high - low + 1 }, (_, line) => 10 ** (high - line));
  const heightOf = (ms: number): number => CHART_HEIGHT * (1 - (power(ms) - low) / (high - low));
  return (
    <ChartFrame
      title={t('overview.latency')}
      unit="hour"
      times={hours.map(({ hour }) => hour)}
      series={PERCENTILES.map((name) => ({ name, sign: `${classes.sign} ${classes[name]}` }))}
      figures={(at) => {
        const durations = hours[at]?.duration_ms;
        return durations ? PERCENTILES.map((name) => took(durations[name])) : null;
      }}
      scale={lines.map(took)}
    >
      {PERCENTILES.map((name) => (
        <path
          key={name}
          className={`${classes.line} ${classes[name]}`}
          d={lineOf(
            hours.map(({ duration_ms }) => duration_ms?.[name] ?? null),
            heightOf,
          )}
        />
      ))}
    </ChartFrame>
  );
}

/** What is quicker than a millisecond counts as one. */
function power(ms: number): number {
  return Math.log10(Math.max(1, ms));
}

function lineOf(values: readonly (number | null)[], heightOf: (ms: number) => number): string {
  return values
    .map((value, at) => {
      if (value === null) return '';
      const before = values[at - 1] ?? null;
      return `${before === null ? 'M' : 'L'}${at * STEP} ${heightOf(value)}h${STEP}`;
    })
    .join('');
}
