/** What cannot be known is a dash, and never a zero; the reason is told to the mouse, the keyboard and screen readers. */
import { Tooltip } from '@mantine/core';
import type { ReactElement } from 'react';

export function Dash({ reason }: { reason: string }): ReactElement {
  return (
    <Tooltip label={reason}>
      <span tabIndex={0} role="img" aria-label={reason}>
        –
      </span>
    </Tooltip>
  );
}
