import { IconMapSearch } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { ViewLink } from '../pieces/view-link';
import { EmptyState } from '../pieces/empty-state';

export function NotFound(): ReactElement {
  const { t } = useTranslation();
  return (
    <EmptyState icon={IconMapSearch} headingOrder={1} title={t('notFound.title')} text={t('notFound.text')}>
      <ViewLink to="/webhooks">{t('notFound.link')}</ViewLink>
    </EmptyState>
  );
}
