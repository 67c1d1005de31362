/**
 * What charts over time have in common: the scale, the times below, the figures of where the mouse is, and the same figures
 * as a table for screen readers. What is drawn is told by whoever uses it, in units of 10 by `CHART_HEIGHT`.
 */
import { Group, Table, Text, Tooltip, VisuallyHidden } from '@mantine/core';
import { useState, type ReactElement, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './chart-frame.module.css';

export const CHART_HEIGHT = 120;
export const STEP = 10;
const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

export interface Series {
  readonly name: string;
  /** Its sign in the legend, as it is drawn. */
  readonly sign: string | undefined;
}

interface ChartFrameProps {
  readonly title: string;
  /** What each place is, and when each begins. */
  readonly unit: 'hour' | 'minute';
  readonly times: readonly string[];
  readonly series: readonly Series[];
  /** What is read of a place, one text for each series; null where nothing is known. */
  readonly figures: (at: number) => readonly string[] | null;
  /** What its lines mean, the top one first. */
  readonly scale: readonly string[];
  readonly children: ReactNode;
}

export function ChartFrame(props: ChartFrameProps): ReactElement {
  const { title, times, series, figures, scale, children } = props;
  const { t, i18n } = useTranslation();
  const [at, setAt] = useState<number | null>(null);
  const exact = new Intl.DateTimeFormat(i18n.language, { weekday: 'short', ...CLOCK });
  const short = new Intl.DateTimeFormat(i18n.language, CLOCK);
  const timeAt = (place: number): string => exact.format(new Date(times[place] ?? 0));
  const width = times.length * STEP;
  const told = at === null ? null : figures(at);
  const marks = [0, Math.floor(times.length / 2), times.length - 1];
  return (
    <figure className={classes.figure} aria-label={title}>
      <div className={classes.plot} aria-hidden>
        <div className={classes.scale}>
          {scale.map((text) => (
            <span key={text}>{text}</span>
          ))}
        </div>
        <Tooltip.Floating
          disabled={at === null}
          label={
            at !== null && (
              <>
                {timeAt(at)}
                {series.map(({ name }, place) => (
                  <div key={name}>
                    {name}: {told?.[place] ?? t('value.unknown')}
                  </div>
                ))}
              </>
            )
          }
        >
          <svg
            viewBox={`0 0 ${width} ${CHART_HEIGHT}`}
            preserveAspectRatio="none"
            className={classes.chart}
            onMouseMove={({ clientX, currentTarget }) => {
              const box = currentTarget.getBoundingClientRect();
              const place = Math.floor(((clientX - box.left) / box.width) * times.length);
              setAt(Math.min(times.length - 1, Math.max(0, place)));
            }}
            onMouseLeave={() => {
              setAt(null);
            }}
          >
            {at !== null && (
              <rect x={at * STEP} width={STEP} height={CHART_HEIGHT} className={classes.pointed} />
            )}
            <path
              d={scale.map((_, line) => `M0 ${(line * CHART_HEIGHT) / (scale.length - 1)}h${width}`).join('')}
              className={classes.grid}
            />
            {children}
          </svg>
        </Tooltip.Floating>
        <div className={classes.times}>
          {marks.map((place) => (
            <span key={place}>{short.format(new Date(times[place] ?? 0))}</span>
          ))}
        </div>
      </div>
      <Group component="figcaption" gap="md" mt="xs" aria-hidden>
        {series.map(({ name, sign }) => (
          <Group key={name} gap={6}>
            <i className={sign} />
            <Text span size="xs">
              {name}
            </Text>
          </Group>
        ))}
      </Group>
      <FiguresTable {...props} timeAt={timeAt} />
    </figure>
  );
}

function FiguresTable(props: ChartFrameProps & { timeAt: (place: number) => string }): ReactElement {
  const { title, unit, times, series, figures, timeAt } = props;
  const { t } = useTranslation();
  return (
    <VisuallyHidden>
      <Table>
        <Table.Caption>{title}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t(`overview.${unit}`)}</Table.Th>
            {series.map(({ name }) => (
              <Table.Th key={name}>{name}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {times.map((time, place) => (
            <Table.Tr key={time}>
              <Table.Td>{timeAt(place)}</Table.Td>
              {series.map(({ name }, column) => (
                <Table.Td key={name}>{figures(place)?.[column] ?? t('value.unknown')}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </VisuallyHidden>
  );
}
