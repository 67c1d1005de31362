/** The table of webhooks; on a phone, the same rows as cards. */
import { Table, Text, VisuallyHidden } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { ViewLink } from '../../pieces/view-link';
import type { Webhook } from '../../api/generated/types.gen';
import { Behind } from '../../pieces/behind';
import { catchUpOf } from '../../pieces/catch-up';
import { useDisabledReason } from '../../pieces/disabled-reason';
import { FailingSince } from '../../pieces/failing-since';
import { Time } from '../../pieces/time';
import { TriggerList } from '../../pieces/triggers';
import { WaitingCount } from '../../pieces/waiting-count';
import { WebhookStatus } from '../../pieces/webhook-status';
import { HourStrip } from './hour-strip';
import type { HoursOfWebhooks } from './use-hours';
import { WebhookActions } from './menu-button';
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
  const labels = {
    triggers: t('webhooks.column.triggers'),
    status: t('webhooks.column.status'),
    hours: t('webhooks.column.hours'),
    waiting: t('webhooks.column.waiting'),
    changed: t('webhooks.column.changed'),
  };
  return (
    <Table className={classes.table} aria-label={t('webhooks.all')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th aria-sort={sorted('url')}>{t('webhooks.column.webhook')}</Table.Th>
          <Table.Th>{labels.triggers}</Table.Th>
          <Table.Th>{labels.status}</Table.Th>
          <Table.Th>{labels.hours}</Table.Th>
          <Table.Th aria-sort={sorted('waiting')}>{labels.waiting}</Table.Th>
          <Table.Th aria-sort={sorted('changed')} className={classes.changed}>
            {labels.changed}
          </Table.Th>
          <Table.Th>
            <VisuallyHidden>{t('webhooks.column.actions')}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((webhook) => (
          <Row key={webhook.id} webhook={webhook} hours={hours} labels={labels} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface RowProps {
  readonly webhook: Webhook;
  readonly hours: HoursOfWebhooks;
  readonly labels: Readonly<Record<'triggers' | 'status' | 'hours' | 'waiting' | 'changed', string>>;
}

/** Of the browser's own rows and cells: a list has many, and each component of a cell takes its time. */
function Row({ webhook, hours, labels }: RowProps): ReactElement {
  const { t, i18n } = useTranslation();
  const catchUp = catchUpOf(webhook, i18n.language);
  const disabledReason = useDisabledReason(webhook);
  const { id, url, description, triggers, status, pending_count, updated_at } = webhook;
  return (
    <tr className={classes.row}>
      <td className={classes.webhook}>
        <ViewLink to="/webhooks/$id" params={{ id }} fw={500} className={classes.url} title={url}>
          {url}
        </ViewLink>
        {description !== '' && (
          <Text size="sm" c="dimmed" className="break" lineClamp={2}>
            {description}
          </Text>
        )}
      </td>
      <td data-label={labels.triggers} className={classes.triggers}>
        <TriggerList triggers={triggers} />
      </td>
      <td data-label={labels.status} className={classes.status}>
        <WebhookStatus status={status} more={catchUp?.percent} />
        <FailingSince webhook={webhook} />
        <Behind behind={webhook.behind} />
        {disabledReason !== null && (
          <Text size="xs" c="dimmed" mt={4} maw={220} lineClamp={2} title={disabledReason}>
            {t('webhooks.disabledBecause', { reason: disabledReason })}
          </Text>
        )}
      </td>
      <td data-label={labels.hours}>
        <HourStrip hours={hours.of(id)} error={hours.error} />
      </td>
      <td data-label={labels.waiting}>
        <WaitingCount count={pending_count} countedTo={COUNTED_TO} />
      </td>
      <td data-label={labels.changed} className={`${classes.quiet} ${classes.changed}`}>
        <Time at={updated_at} />
      </td>
      <td className={classes.menu}>
        <WebhookActions webhook={webhook} />
      </td>
    </tr>
  );
}
