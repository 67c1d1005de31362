/** All deliveries, the newest first, with every filter of the service, and one of them in a drawer. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { ViewHeader } from '../../pieces/view-header';
import { withoutEmpty } from '../../pieces/search';
import { DeliveryList } from './delivery-list';

export function DeliveriesView(): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: '/deliveries' });
  const search = useSearch({ from: '/deliveries' });
  return (
    <>
      <ViewHeader title={t('deliveries.title')} lead={t('deliveries.lead')} />
      <DeliveryList
        search={search}
        onChange={(part) =>
          void navigate({
            search: (before) => withoutEmpty({ ...before, ...part }),
            replace: true,
          })
        }
      />
    </>
  );
}
