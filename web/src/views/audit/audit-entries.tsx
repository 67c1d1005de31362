/** The entries of the audit trail, each with what was changed. */
import { Group, Text } from '@mantine/core';
import {
  IconBan,
  IconCornerUpLeft,
  IconPencil,
  IconPlayerStop,
  IconPlus,
  IconRepeat,
  IconRotate,
  IconSend,
  IconTrash,
  type Icon,
} from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { ViewLink } from '../../pieces/view-link';
import type { AuditEntry } from '../../api/generated/types.gen';
import { useMemberText } from '../../pieces/member-text';
import { StateBadge, type Tone } from '../../pieces/state-badge';
import { Time } from '../../pieces/time';
import classes from './audit-entries.module.css';

const LOOKS: Partial<Record<string, readonly [Tone, Icon]>> = {
  'webhook.created': ['good', IconPlus],
  'webhook.updated': ['info', IconPencil],
  'webhook.deleted': ['bad', IconTrash],
  'webhook.disabled_automatically': ['warn', IconBan],
  'webhook.tested': ['quiet', IconSend],
  'webhook.signing_secret_rotated': ['info', IconRotate],
  'replay.started': ['info', IconRepeat],
  'replay.stopped': ['quiet', IconPlayerStop],
  'dead_letter.sent_back': ['info', IconCornerUpLeft],
  'user.history_erased': ['bad', IconTrash],
};

const ONLY_AFTER: string[] = ['webhook.created', 'webhook.tested', 'replay.started', 'dead_letter.sent_back'];

export function AuditEntries({ entries }: { entries: AuditEntry[] }): ReactElement {
  return (
    <ol className={classes.list}>
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} />
      ))}
    </ol>
  );
}

function Entry({ entry }: { entry: AuditEntry }): ReactElement {
  const { t } = useTranslation();
  const { action, webhook_id, actor, actor_kind, role, client_address, created_at, changes } = entry;
  const [tone, icon] = LOOKS[action] ?? ['quiet', IconPencil];
  const from = client_address === null ? '' : ` · ${client_address}`;
  const who =
    actor_kind === 'system'
      ? t('audit.service')
      : `${actor}${role === null ? '' : ` (${t(`role.${role}`)})`}${from}`;
  return (
    <li className={classes.entry}>
      <Group justify="space-between" gap="xs">
        <Group gap="sm">
          <StateBadge tone={tone} icon={icon}>
            {t(`auditAction.${action}`)}
          </StateBadge>
          <Text size="sm" fw={500} className="break">
            {who}
          </Text>
        </Group>
        <Text size="sm" c="dimmed">
          <Time at={created_at} />
        </Text>
      </Group>
      {webhook_id !== null && (
        <ViewLink
          to="/webhooks/$id"
          params={{ id: webhook_id }}
          className="mono break"
          mt={6}
          display="inline-block"
        >
          {webhook_id}
        </ViewLink>
      )}
      <Changes action={action} changes={changes} />
    </li>
  );
}

function Changes({ action, changes }: Pick<AuditEntry, 'action' | 'changes'>): ReactElement | null {
  const { t } = useTranslation();
  const memberText = useMemberText();
  // The code says the same in the language of whoever reads.
  const all = Object.entries(changes).filter(
    ([member]) => !(member === 'disabled_reason' && 'disabled_code' in changes),
  );
  if (all.length === 0) return null;
  const text = (member: string, change: AuditEntry['changes'][string]): string => {
    if (typeof change === 'string') return t(`audit.change.${change}`);
    // Of what begins or ends, only one side says anything.
    if (ONLY_AFTER.includes(action)) return memberText(member, change.after);
    if (action === 'webhook.deleted') return memberText(member, change.before);
    return `${memberText(member, change.before)} → ${memberText(member, change.after)}`;
  };
  return (
    <ul className={classes.changes}>
      {all.map(([member, change]) => (
        <li key={member}>
          <Text span size="sm" c="dimmed" className="break">
            {nameOf(member, t)}:{' '}
          </Text>
          <Text span size="sm" className="break">
            {text(member, change)}
          </Text>
        </li>
      ))}
    </ul>
  );
}

function nameOf(member: string, t: TFunction): string {
  const [, header] = /^headers\.(.+)$/.exec(member) ?? [];
  return header === undefined
    ? t(`member.${member}`, { defaultValue: member })
    : t('audit.header', { name: header });
}
