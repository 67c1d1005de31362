/** A state as icon and word. The colour only repeats what both say. */
import type { Icon } from '@tabler/icons-react';
import type { ComponentPropsWithRef, ReactElement, ReactNode } from 'react';
import classes from './state-badge.module.css';

export type Tone = 'good' | 'bad' | 'warn' | 'info' | 'quiet';

interface StateBadgeProps extends ComponentPropsWithRef<'span'> {
  readonly tone: Tone;
  readonly icon: Icon;
  readonly children: ReactNode;
}

export function StateBadge({ tone, icon: StateIcon, children, ...rest }: StateBadgeProps): ReactElement {
  return (
    <span {...rest} className={classes.badge} data-tone={tone}>
      <StateIcon size={14} stroke={2} aria-hidden />
      <span>{children}</span>
    </span>
  );
}
