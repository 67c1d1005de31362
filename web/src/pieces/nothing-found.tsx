/** What a list shows when nothing fits its filters, with the way back to all. */
import { Button, Stack, Text } from '@mantine/core';
import { IconFilterOff } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

export function NothingFound({ text, onClear }: { text: string; onClear: () => void }): ReactElement {
  const { t } = useTranslation();
  return (
    <Stack align="center" gap="xs" p="xl">
      <IconFilterOff size={28} stroke={1.5} aria-hidden />
      <Text fw={500} role="status">
        {text}
      </Text>
      <Button variant="default" size="xs" onClick={onClear}>
        {t('action.clearFilters')}
      </Button>
    </Stack>
  );
}
