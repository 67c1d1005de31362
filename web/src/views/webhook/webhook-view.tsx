/** One webhook: how it is, how it is set, a test send, and its signatures. */
import '../../styles-of-forms';
import { Skeleton, Tabs } from '@mantine/core';
import { IconActivity, IconListDetails, IconRepeat, IconSend, IconSignature } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { webhookQuery } from '../../api/webhooks';
import { isProblemCode } from '../../api/problem';
import { NotFound } from '../../layout/not-found';
import { ProblemNotice } from '../../pieces/problem-notice';
import { ViewHeader } from '../../pieces/view-header';
import { isOneOf, withoutEmpty } from '../../pieces/search';
import { DeliveryList } from '../deliveries/delivery-list';
import { ReplaysPanel } from './replays-panel';
import { SignaturePanel } from './signature-panel';
import { TestPanel } from './test-panel';
import classes from './webhook-view.module.css';
import { WebhookActions } from './webhook-actions';
import { WebhookHealth } from './webhook-health';
import { TABS } from './webhook-search';
import { WebhookStats } from './webhook-stats';
import { WebhookSettings } from './webhook-settings';

export function WebhookView(): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: '/webhooks/$id' });
  const { id } = useParams({ from: '/webhooks/$id' });
  const search = useSearch({ from: '/webhooks/$id' });
  const { tab = 'overview' } = search;
  const query = useQuery(webhookQuery(id));
  const tabs = useRef<HTMLDivElement>(null);
  const isThere = query.data !== undefined;
  useEffect(() => {
    tabs.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [tab, isThere]);
  if (!query.data) {
    if (isProblemCode(query.error, 'not_found')) return <NotFound />;
    return query.isError ? (
      <>
        <ViewHeader
          title={t('webhooks.column.webhook')}
          parent={{ to: '/webhooks', label: t('webhooks.title') }}
        />
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      </>
    ) : (
      <Skeleton height={360} radius="lg" aria-label={t('state.loading')} role="status" />
    );
  }
  const { webhook } = query.data;
  return (
    <>
      <ViewHeader
        title={webhook.url}
        lead={webhook.description === '' ? undefined : webhook.description}
        parent={{ to: '/webhooks', label: t('webhooks.title') }}
      >
        <WebhookActions webhook={webhook} />
      </ViewHeader>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      <Tabs
        value={tab}
        onChange={(value) =>
          void navigate({
            to: '/webhooks/$id',
            params: { id },
            search: isOneOf(TABS, value) && value !== 'overview' ? { tab: value } : {},
            replace: true,
          })
        }
        keepMounted={false}
      >
        <Tabs.List ref={tabs} mb="lg" aria-label={t('webhook.parts')} className={classes.tabs}>
          <Tabs.Tab value="overview" leftSection={<IconActivity size={16} />}>
            {t('webhook.tab.overview')}
          </Tabs.Tab>
          <Tabs.Tab value="deliveries" leftSection={<IconListDetails size={16} />}>
            {t('navigation.deliveries')}
          </Tabs.Tab>
          <Tabs.Tab value="replays" leftSection={<IconRepeat size={16} />}>
            {t('navigation.replays')}
          </Tabs.Tab>
          <Tabs.Tab value="test" leftSection={<IconSend size={16} />}>
            {t('webhook.tab.test')}
          </Tabs.Tab>
          <Tabs.Tab value="signature" leftSection={<IconSignature size={16} />}>
            {t('webhook.tab.signature')}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="overview">
          <WebhookHealth webhook={webhook} />
          <WebhookStats id={id} />
          <WebhookSettings webhook={webhook} />
        </Tabs.Panel>
        <Tabs.Panel value="deliveries">
          <DeliveryList
            search={search}
            webhookId={id}
            onChange={(part) =>
              void navigate({
                search: (before) => withoutEmpty({ ...before, ...part }),
                replace: true,
              })
            }
          />
        </Tabs.Panel>
        <Tabs.Panel value="replays">
          <ReplaysPanel webhook={webhook} />
        </Tabs.Panel>
        <Tabs.Panel value="test">
          <TestPanel webhook={webhook} />
        </Tabs.Panel>
        <Tabs.Panel value="signature">
          <SignaturePanel webhook={webhook} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
