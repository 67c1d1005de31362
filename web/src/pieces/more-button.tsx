/** Fetches the next page of a list. It is there as long as there is one. */
import { Button, Group } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

interface MoreButtonProps {
  readonly of: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => Promise<unknown>;
  };
}

export function MoreButton({ of }: MoreButtonProps): ReactElement | null {
  const { t } = useTranslation();
  if (!of.hasNextPage) return null;
  return (
    <Group justify="center" p="md">
      <Button variant="default" loading={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
        {t('action.more')}
      </Button>
    </Group>
  );
}
