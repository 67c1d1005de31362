/**
 * The head of a view: where it belongs, its title, what it is for, and its actions. It names the document too. After a way
 * inside of the page its title has the focus, so that a screen reader says where one is.
 */
import { Box, Group, Text, Title } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import { useEffect, useRef, type ReactElement, type ReactNode } from 'react';
import { ViewLink } from './view-link';

interface ViewHeaderProps {
  readonly title: string;
  readonly lead?: ReactNode;
  /** The view above this one. */
  readonly parent?: { readonly to: '/webhooks'; readonly label: string };
  readonly children?: ReactNode;
}

export function ViewHeader({ title, lead, parent, children }: ViewHeaderProps): ReactElement {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · User Webhooks`;
  }, [title]);
  useEffect(() => {
    // After the layout has moved the focus to the view.
    requestAnimationFrame(() => {
      if (document.activeElement?.id === 'view') heading.current?.focus({ preventScroll: true });
    });
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
          <Title
            ref={heading}
            tabIndex={-1}
            order={1}
            size="h2"
            className="break"
            lineClamp={3}
            title={title}
            lts="-0.015em"
          >
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
