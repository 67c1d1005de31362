/** One thing that is so right now, with its name, and what it means. */
import { Paper, Text } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

interface FactProps {
  readonly label: string;
  readonly help?: string;
  readonly children: ReactNode;
}

export function Fact({ label, help, children }: FactProps): ReactElement {
  return (
    <Paper p="md" role="group" aria-label={label}>
      <Text size="sm" c="dimmed" mb={6}>
        {label}
      </Text>
      <Text component="div" fw={500}>
        {children}
      </Text>
      {help !== undefined && (
        <Text size="xs" c="dimmed" mt={6}>
          {help}
        </Text>
      )}
    </Paper>
  );
}
