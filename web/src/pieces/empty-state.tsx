/** What stands where there is nothing: what it would be, and the first step. */
import { Paper, Stack, Text, Title } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactElement, ReactNode } from 'react';

interface EmptyStateProps {
  readonly icon: Icon;
  readonly title: string;
  readonly text: string;
  /** 1 where it is the whole view. */
  readonly headingOrder?: 1 | 2;
  readonly children?: ReactNode;
}

export function EmptyState({
  icon: StateIcon,
  title,
  text,
  headingOrder = 2,
  children,
}: EmptyStateProps): ReactElement {
  return (
    <Paper py={56} px="lg">
      <Stack align="center" gap="sm" maw={520} mx="auto" ta="center">
        <StateIcon size={36} stroke={1.4} color="var(--mantine-color-dimmed)" aria-hidden />
        <Title order={headingOrder} size="h4">
          {title}
        </Title>
        <Text c="dimmed">{text}</Text>
        {children}
      </Stack>
    </Paper>
  );
}
