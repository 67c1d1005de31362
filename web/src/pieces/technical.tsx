/** Words of the service or of a receiver's machine that have no code: as they came, which is English. */
import { Text } from '@mantine/core';
import type { ReactElement } from 'react';

export function Technical({ text }: { text: string | null }): ReactElement | null {
  if (text === null) return null;
  return (
    <Text size="sm" mt={6} className="mono break" lang="en">
      {text}
    </Text>
  );
}
