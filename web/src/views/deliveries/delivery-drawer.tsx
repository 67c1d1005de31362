/** One delivery: what happens next, its attempts with their answers, the newest first, the request, and sending it again. */
import { Alert, Drawer, Group, Skeleton, Space, Stack, Text, Timeline, Title } from '@mantine/core';
import { IconCheck, IconInfoCircle, IconSend, IconX } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import '@mantine/core/styles/Timeline.css';
import { readDelivery, resendDelivery } from '../../api/generated/sdk.gen';
import type { DeliveryDetail } from '../../api/generated/types.gen';
import { ChangeButton } from '../../pieces/change-button';
import { BodyBlock } from '../../pieces/body-block';
import { CodeBlock } from '../../pieces/code-block';
import { CopyButton } from '../../pieces/copy-button';
import { DeliveryStatus } from '../../pieces/delivery-status';
import { FocusBack } from '../../pieces/focus-back';
import { notify } from '../../pieces/notify';
import { ProblemNotice } from '../../pieces/problem-notice';
import { exactTime, Time } from '../../pieces/time';
import { AnswerKept } from '../webhook/answer-kept';
import { AttemptResult } from '../webhook/attempt-result';
import { curlOf } from './curl';
import { WebhookName } from './delivery-table';
import { NextStep } from './next-step';

const REFRESH_MS = 3_000;

interface DeliveryDrawerProps {
  readonly id: string | undefined;
  readonly onClose: () => void;
  readonly onOpen: (id: string) => void;
}

export function DeliveryDrawer({ id, onClose, onOpen }: DeliveryDrawerProps): ReactElement {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['delivery', id],
    queryFn: async ({ signal }) =>
      (await readDelivery({ path: { id: id ?? '' }, signal, throwOnError: true })).data,
    enabled: id !== undefined,
    refetchInterval: REFRESH_MS,
  });
  return (
    <Drawer
      opened={id !== undefined}
      onClose={onClose}
      size="xl"
      title={t('delivery.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <FocusBack />
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.data ? (
        <Detail delivery={query.data} onOpen={onOpen} />
      ) : (
        query.isPending && <Skeleton height={360} radius="md" aria-label={t('state.loading')} role="status" />
      )}
    </Drawer>
  );
}

function Detail({
  delivery,
  onOpen,
}: {
  delivery: DeliveryDetail;
  onOpen: (id: string) => void;
}): ReactElement {
  const { t } = useTranslation();
  const { event_type, event_id, username, status, waits_for, attempts, webhook_id, created_at } = delivery;
  const before = waits_for?.delivery_id;
  const answered = attempts.some(({ status_code }) => status_code !== null);
  return (
    <Stack gap="lg">
      <Stack gap={6}>
        <Group gap="sm">
          <DeliveryStatus status={status} />
          <Text fw={500}>{t(`trigger.${event_type}.label`)}</Text>
          <Text c="dimmed" className="break">
            {username ?? t('deliveries.noUsername')}
          </Text>
        </Group>
        <NextStep delivery={delivery} />
        {before !== undefined && (
          <button
            type="button"
            className="link-button"
            onClick={() => {
              onOpen(before);
            }}
          >
            {t('delivery.before')}
          </button>
        )}
        <Text size="sm" c="dimmed" component="div">
          <WebhookName id={webhook_id} /> · <Time at={created_at} />
        </Text>
        <Text size="sm" c="dimmed" className="mono break">
          {event_id}
        </Text>
      </Stack>
      <Resend delivery={delivery} />
      <section>
        <Title order={3} size="h5" mb="sm">
          {t('delivery.attempts', { count: attempts.length })}
        </Title>
        {attempts.length === 0 ? (
          <Text c="dimmed" size="sm">
            {t('delivery.noAttempts')}
          </Text>
        ) : (
          <Timeline active={attempts.length} bulletSize={22} lineWidth={2} role="list">
            {attempts.toReversed().map((attempt) => (
              <Timeline.Item
                key={attempt.id}
                role="listitem"
                color={attempt.outcome === 'delivered' ? 'teal' : 'red'}
                bullet={attempt.outcome === 'delivered' ? <IconCheck size={13} /> : <IconX size={13} />}
                title={
                  <Title order={4} size="sm">
                    {t('delivery.attempt', {
                      number: attempt.attempt,
                      reason: t(`reason.${attempt.reason}`),
                    })}
                  </Title>
                }
              >
                <AttemptResult attempt={attempt} />
              </Timeline.Item>
            ))}
          </Timeline>
        )}
        {answered && <AnswerKept id={delivery.request?.headers['webhook-id']} />}
      </section>
      <Request delivery={delivery} />
    </Stack>
  );
}

function Resend({ delivery: { id, status } }: { delivery: DeliveryDetail }): ReactElement {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const resend = useMutation({
    mutationFn: () => resendDelivery({ path: { id }, throwOnError: true }),
    onSuccess: async () => {
      notify({ message: t('delivery.resent') });
      await queryClient.invalidateQueries({ queryKey: ['delivery', id] });
      await queryClient.invalidateQueries({ queryKey: ['deliveries'] });
    },
  });
  return (
    <Stack gap="xs" align="flex-start">
      <ChangeButton
        leftSection={<IconSend size={16} />}
        loading={resend.isPending}
        onClick={() => {
          resend.mutate();
        }}
      >
        {t('delivery.resend')}
      </ChangeButton>
      {status === 'delivered' && (
        <Text size="xs" c="dimmed">
          {t('delivery.resendHelp')}
        </Text>
      )}
      {resend.isError && <ProblemNotice error={resend.error} />}
    </Stack>
  );
}

function Request({ delivery: { request, request_missing } }: { delivery: DeliveryDetail }): ReactElement {
  const { t, i18n } = useTranslation();
  if (request === null) {
    const begins = request_missing?.log_begins_at ?? null;
    return (
      <Alert icon={<IconInfoCircle />} color="gray" title={t('delivery.noRequest')}>
        {begins === null
          ? t(`requestMissing.${request_missing?.code ?? 'event_expired'}`)
          : t('delivery.expiredBefore', { time: exactTime(begins, i18n.language) })}
      </Alert>
    );
  }
  const head = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
  return (
    <section>
      <Group justify="space-between" mb="sm">
        <Title order={3} size="h5">
          {t('delivery.request')}
        </Title>
        <CopyButton text={curlOf(request)} label={t('delivery.copyCurl')} />
      </Group>
      <CodeBlock
        text={[`${request.method} ${request.url}`, ...head].join('\n')}
        label={t('delivery.request')}
        wrap
        copy={false}
      />
      <Space h="sm" />
      <BodyBlock label={t('test.body')} text={request.body} />
      <Text size="xs" c="dimmed" mt={6}>
        {t('delivery.masked')}
      </Text>
    </section>
  );
}
