/** How the webhook is right now, in words. */
import { Alert, SimpleGrid } from '@mantine/core';
import { IconBan } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../../api/generated/types.gen';
import { Fact } from '../../pieces/fact';
import { FailingSince } from '../../pieces/failing-since';
import { Time } from '../../pieces/time';
import { WaitingCount } from '../../pieces/waiting-count';
import { Behind } from '../../pieces/behind';
import { LastFailure } from './last-failure';
import { CatchUpProgress } from './catch-up-progress';
import { WebhookStatus } from '../../pieces/webhook-status';

const COUNTED_TO = 1_000;

export function WebhookHealth({ webhook }: { webhook: Webhook }): ReactElement {
  const { t } = useTranslation();
  const { status, disabled_reason, pending_count, updated_at, created_at, behind } = webhook;
  return (
    <>
      {disabled_reason !== null && (
        <Alert color="red" icon={<IconBan />} title={t('webhook.disabledByService')} mb="md">
          {disabled_reason} {t('webhook.enableAgain')}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 2, md: 4 }} mb="lg">
        <Fact label={t('webhooks.column.status')} help={t(`statusHelp.${status}`)}>
          <WebhookStatus status={status} />
          <FailingSince webhook={webhook} />
          <LastFailure webhook={webhook} />
          <Behind behind={behind} />
          <CatchUpProgress webhook={webhook} />
        </Fact>
        <Fact label={t('webhooks.column.waiting')} help={t('webhook.waitingHelp')}>
          <WaitingCount count={pending_count} countedTo={COUNTED_TO} />
        </Fact>
        <Fact label={t('webhooks.column.changed')}>
          <Time at={updated_at} />
        </Fact>
        <Fact label={t('webhook.created')}>
          <Time at={created_at} />
        </Fact>
      </SimpleGrid>
    </>
  );
}
