/** The rows of deliveries. Each opens by its button, with mouse and keyboard alike. */
import { Skeleton, Table, Text, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Delivery } from '../../api/generated/types.gen';
import { webhookQuery } from '../../api/webhooks';
import { DeliveryStatus } from '../../pieces/delivery-status';
import { Time } from '../../pieces/time';
import { ViewLink } from '../../pieces/view-link';
import classes from '../webhooks/webhook-table.module.css';
import { NextStep } from './next-step';

interface DeliveryTableProps {
  readonly rows: Delivery[];
  readonly showWebhook: boolean;
  readonly onOpen: (id: string) => void;
}

export function DeliveryTable({ rows, showWebhook, onOpen }: DeliveryTableProps): ReactElement {
  const { t } = useTranslation();
  return (
    <Table className={classes.table} aria-label={t('deliveries.title')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('deliveries.column.event')}</Table.Th>
          {showWebhook && <Table.Th>{t('webhooks.column.webhook')}</Table.Th>}
          <Table.Th>{t('webhooks.column.status')}</Table.Th>
          <Table.Th>{t('deliveries.column.answer')}</Table.Th>
          <Table.Th>{t('deliveries.column.attempts')}</Table.Th>
          <Table.Th>{t('webhook.created')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((delivery) => (
          <Row key={delivery.id} delivery={delivery} showWebhook={showWebhook} onOpen={onOpen} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface RowProps extends Omit<DeliveryTableProps, 'rows'> {
  readonly delivery: Delivery;
}

function Row({ delivery, showWebhook, onOpen }: RowProps): ReactElement {
  const { t, i18n } = useTranslation();
  const { id, webhook_id, event_type, username, status, attempt_count, created_at } = delivery;
  const { status_code, error_code, duration_ms } = delivery;
  const answer = [
    status_code === null ? null : `HTTP ${status_code}`,
    error_code === null || error_code === 'http_status' ? null : t(`errorCode.${error_code}.title`),
    duration_ms === null ? null : t('attempt.took', { ms: duration_ms.toLocaleString(i18n.language) }),
  ].filter((part) => part !== null);
  return (
    <Table.Tr>
      <Table.Td className={classes.webhook}>
        <UnstyledButton
          onClick={() => {
            onOpen(id);
          }}
          c="var(--mantine-color-anchor)"
          fw={500}
        >
          {t(`trigger.${event_type}.label`)}
        </UnstyledButton>
        <Text size="sm" c="dimmed" className="break" lineClamp={2} title={username ?? undefined}>
          {username ?? t('deliveries.noUsername')}
        </Text>
      </Table.Td>
      {showWebhook && (
        <Table.Td data-label={t('webhooks.column.webhook')} className={classes.receiver} maw={260}>
          <WebhookName id={webhook_id} />
        </Table.Td>
      )}
      <Table.Td data-label={t('webhooks.column.status')} className={classes.status}>
        <DeliveryStatus status={status} />
        <NextStep delivery={delivery} />
      </Table.Td>
      <Table.Td data-label={t('deliveries.column.answer')} className={classes.answer}>
        <Text size="sm">{answer.length === 0 ? t('deliveries.noAttempt') : answer.join(' · ')}</Text>
      </Table.Td>
      <Table.Td data-label={t('deliveries.column.attempts')}>{attempt_count}</Table.Td>
      <Table.Td data-label={t('webhook.created')} className={classes.quiet}>
        <Time at={created_at} />
      </Table.Td>
    </Table.Tr>
  );
}

/** The URL where it is known; the id of one that was deleted. */
export function WebhookName({ id }: { id: string }): ReactElement {
  const { data, isPending } = useQuery({
    ...webhookQuery(id),
    refetchInterval: false,
    staleTime: 60_000,
    retry: false,
  });
  if (isPending) return <Skeleton height={14} width={180} maw="100%" />;
  const name = data?.webhook.url ?? id;
  return (
    <ViewLink to="/webhooks/$id" params={{ id }} size="sm" className="break" lineClamp={2} title={name}>
      {name}
    </ViewLink>
  );
}
