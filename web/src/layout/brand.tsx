import { Group, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import icon from '../icon.svg';

export function Brand({ size = 'md' }: { size?: 'md' | 'lg' }): ReactElement {
  const pixels = size === 'lg' ? 36 : 28;
  return (
    <Group gap={10} wrap="nowrap">
      <img src={icon} width={pixels} height={pixels} alt="" />
      <Text fw={600} fz={size === 'lg' ? 'xl' : 'md'} lts="-0.01em">
        User Webhooks
      </Text>
    </Group>
  );
}
