/** The head of a view: where it belongs, its title, what it is for, and its actions. It names the document too. */
import { Box, Group, Text, Title } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import { useEffect, type ReactElement, type ReactNode } from 'react';
import { ViewLink } from './view-link';

interface ViewHeaderProps {
  readonly title: string;
  readonly lead?: ReactNode;
  /** The view above this one. */
  readonly parent?: { readonly to: '/webhooks'; readonly label: string };
  readonly children?: ReactNode;
}

export function ViewHeader({ title, lead, parent, children }: ViewHeaderProps): ReactElement {
  useEffect(() => {
    document.title = `${title} · User Webhooks`;
  }, [title]);
  return (
    <Box component="header" mb="lg">
      {parent && (
        <ViewLink to={parent.to} size="sm" fw={500} mb={6} display="inline-flex" c="dimmed">
          <IconChevronLeft size={18} aria-hidden /> {parent.label}
        </ViewLink>
      )}
      <Group justify="space-between" align="flex-start" gap="md">
        <Box maw={760} miw={0}>
          <Title order={1} size="h2" className="break" lts="-0.015em">
            {title}
          </Title>
          {lead !== undefined && (
            <Text c="dimmed" mt={4} component="div">
              {lead}
            </Text>
          )}
        </Box>
        {children !== undefined && <Group gap="xs">{children}</Group>}
      </Group>
    </Box>
  );
}
