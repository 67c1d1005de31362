/** Delivered and failed attempts over time as bars. What the history does not know is a gap and not a zero. */
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Stats } from '../../api/generated/types.gen';
import { CHART_HEIGHT, ChartFrame, STEP } from './chart-frame';
import classes from './attempts-chart.module.css';

type Counts = Pick<Stats['hours'][number], 'delivered' | 'failed' | 'exhausted'>;

interface AttemptsChartProps {
  readonly title: string;
  readonly unit: 'hour' | 'minute';
  readonly counts: readonly (Counts & { readonly at: string })[];
}

export function AttemptsChart({ title, unit, counts }: AttemptsChartProps): ReactElement {
  const { t, i18n } = useTranslation();
  const number = (value: number): string => value.toLocaleString(i18n.language);
  const top = roundUp(Math.max(2, ...counts.map((count) => (count.delivered ?? 0) + failedOf(count))));
  const bar = (at: number, from: number, count: number): string => {
    const [low, high] = [from, from + count].map((value) => CHART_HEIGHT * (1 - value / top));
    return count === 0 ? '' : `M${at * STEP + 1} ${high}h${STEP - 2}V${low}h-${STEP - 2}z`;
  };
  return (
    <ChartFrame
      title={title}
      unit={unit}
      times={counts.map(({ at }) => at)}
      series={[
        { name: t('deliveryStatus.delivered'), sign: classes.goodSign },
        { name: t('attempt.failed'), sign: classes.badSign },
      ]}
      figures={(at) => {
        const count = counts[at];
        return typeof count?.delivered === 'number'
          ? [number(count.delivered), number(failedOf(count))]
          : null;
      }}
      scale={[top, top / 2, 0].map(number)}
    >
      <path
        className={classes.good}
        d={counts.map((count, at) => bar(at, 0, count.delivered ?? 0)).join('')}
      />
      <path
        className={classes.bad}
        d={counts.map((count, at) => bar(at, count.delivered ?? 0, failedOf(count))).join('')}
      />
    </ChartFrame>
  );
}

function failedOf({ failed, exhausted }: Counts): number {
  return (failed ?? 0) + (exhausted ?? 0);
}

/** The next of 1, 2 and 5 with zeros: what the top of a scale is. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}
