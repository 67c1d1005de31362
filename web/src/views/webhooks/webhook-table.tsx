/** The table of webhooks; on a phone, the same rows as cards. */
import { Table, Text, VisuallyHidden } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { ViewLink } from '../../pieces/view-link';
import type { Webhook } from '../../api/generated/types.gen';
import { Behind } from '../../pieces/behind';
import { catchUpOf } from '../../pieces/catch-up';
import { FailingSince } from '../../pieces/failing-since';
import { Time } from '../../pieces/time';
import { TriggerList } from '../../pieces/triggers';
import { WaitingCount } from '../../pieces/waiting-count';
import { WebhookStatus } from '../../pieces/webhook-status';
import { HourStrip } from './hour-strip';
import type { HoursOfWebhooks } from './use-hours';
import { WebhookMenu } from './webhook-menu';
import classes from './webhook-table.module.css';
import type { Sort, WebhooksSearch } from './webhooks-search';

/** The service stops counting here in a list. */
const COUNTED_TO = 100;

interface WebhookTableProps {
  readonly rows: Webhook[];
  readonly hours: HoursOfWebhooks;
  readonly search: WebhooksSearch;
}

export function WebhookTable({ rows, hours, search }: WebhookTableProps): ReactElement {
  const { t } = useTranslation();
  const sorted = (column: Sort): 'ascending' | 'descending' | undefined => {
    if ((search.sort ?? 'created') !== column) return undefined;
    return search.descending === true ? 'descending' : 'ascending';
  };
  return (
    <Table className={classes.table} aria-label={t('webhooks.all')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th aria-sort={sorted('url')}>{t('webhooks.column.webhook')}</Table.Th>
          <Table.Th>{t('webhooks.column.triggers')}</Table.Th>
          <Table.Th>{t('webhooks.column.status')}</Table.Th>
          <Table.Th>{t('webhooks.column.hours')}</Table.Th>
          <Table.Th aria-sort={sorted('waiting')}>{t('webhooks.column.waiting')}</Table.Th>
          <Table.Th aria-sort={sorted('changed')} className={classes.changed}>
            {t('webhooks.column.changed')}
          </Table.Th>
          <Table.Th>
            <VisuallyHidden>{t('webhooks.column.actions')}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((webhook) => (
          <Row key={webhook.id} webhook={webhook} hours={hours} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Row({ webhook, hours }: { webhook: Webhook; hours: HoursOfWebhooks }): ReactElement {
  const { t, i18n } = useTranslation();
  const catchUp = catchUpOf(webhook, i18n.language);
  const { id, url, description, triggers, status, disabled_reason, pending_count, updated_at } = webhook;
  return (
    <Table.Tr>
      <Table.Td className={classes.webhook}>
        <ViewLink to="/webhooks/$id" params={{ id }} fw={500} className={classes.url} title={url}>
          {url}
        </ViewLink>
        {description !== '' && (
          <Text size="sm" c="dimmed" className="break" lineClamp={2}>
            {description}
          </Text>
        )}
      </Table.Td>
      <Table.Td data-label={t('webhooks.column.triggers')} className={classes.triggers}>
        <TriggerList triggers={triggers} />
      </Table.Td>
      <Table.Td data-label={t('webhooks.column.status')} className={classes.status}>
        <WebhookStatus status={status} more={catchUp?.percent} />
        <FailingSince webhook={webhook} />
        <Behind behind={webhook.behind} />
        {disabled_reason !== null && (
          <Text size="xs" c="dimmed" mt={4} maw={220} lineClamp={2} title={disabled_reason}>
            {t('webhooks.disabledBecause', { reason: disabled_reason })}
          </Text>
        )}
      </Table.Td>
      <Table.Td data-label={t('webhooks.column.hours')}>
        <HourStrip hours={hours.of(id)} error={hours.error} />
      </Table.Td>
      <Table.Td data-label={t('webhooks.column.waiting')}>
        <WaitingCount count={pending_count} countedTo={COUNTED_TO} />
      </Table.Td>
      <Table.Td data-label={t('webhooks.column.changed')} className={`${classes.quiet} ${classes.changed}`}>
        <Time at={updated_at} />
      </Table.Td>
      <Table.Td className={classes.menu}>
        <WebhookMenu webhook={webhook} />
      </Table.Td>
    </Table.Tr>
  );
}
