/** How the webhook is set, in words. */
import { Paper, Text, Title } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../../api/generated/types.gen';
import { useMemberText } from '../../pieces/member-text';
import { TriggerList } from '../../pieces/triggers';
import { ScheduleInWords } from '../webhook-form/retry-fields';
import classes from './webhook-settings.module.css';

const IN_WORDS = [
  'ordering',
  'timeout_ms',
  'max_in_flight',
  'rate_limit_per_second',
  'headers',
  'ed25519_signature',
] as const;

export function WebhookSettings({ webhook }: { webhook: Webhook }): ReactElement {
  const { t } = useTranslation();
  const memberText = useMemberText();
  const { id, url, method, triggers, has_secret_token, retry_schedule, ca_certificates } = webhook;
  return (
    <Paper p="lg">
      <Title order={2} size="h4" mb="md">
        {t('webhook.settings')}
      </Title>
      <dl className={classes.list}>
        <Row name={t('webhook.request')}>
          <span className="mono break">
            {method} {url}
          </span>
        </Row>
        <Row name={t('member.triggers')}>
          <TriggerList triggers={triggers} />
        </Row>
        <Row name={t('form.token')}>{t(has_secret_token ? 'webhook.tokenSet' : 'webhook.tokenNone')}</Row>
        <Row name={t('member.retry_schedule')}>
          {retry_schedule === null ? (
            t('form.retryService')
          ) : (
            <>
              <ScheduleInWords delays={retry_schedule} />
              {retry_schedule.length > 0 && <span className="mono">{retry_schedule.join(', ')}</span>}
            </>
          )}
        </Row>
        {IN_WORDS.map((member) => (
          <Row key={member} name={t(`member.${member}`)}>
            {memberText(member, webhook[member])}
          </Row>
        ))}
        <Row name={t('member.ca_certificates')}>
          {ca_certificates === null
            ? t('value.publicAuthorities')
            : t('webhook.ownAuthorities', { count: ca_certificates.split('-----BEGIN').length - 1 })}
        </Row>
        <Row name={t('webhook.id')}>
          <span className="mono break">{id}</span>
        </Row>
      </dl>
    </Paper>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }): ReactElement {
  return (
    <div className={classes.row}>
      <Text component="dt" size="sm" c="dimmed">
        {name}
      </Text>
      <Text component="dd" size="sm" m={0}>
        {children}
      </Text>
    </div>
  );
}
