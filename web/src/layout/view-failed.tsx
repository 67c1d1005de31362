/** A view that broke, or whose code could not be fetched, for example since a newer version is served. */
import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../pieces/empty-state';

export function ViewFailed(): ReactElement {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={IconAlertTriangle}
      headingOrder={1}
      title={t('viewFailed.title')}
      text={t('viewFailed.text')}
    >
      <Button
        onClick={() => {
          window.location.reload();
        }}
      >
        {t('viewFailed.reload')}
      </Button>
    </EmptyState>
  );
}
