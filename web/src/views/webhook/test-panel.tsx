/** Sends the sample of a trigger now, and shows what came of it at once. */
import { Button, Group, Paper, Radio, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { testWebhook } from '../../api/generated/sdk.gen';
import type { Attempt, Webhook } from '../../api/generated/types.gen';
import { triggersQuery } from '../../api/webhooks';
import { ChangeButton } from '../../pieces/change-button';
import { CodeBlock } from '../../pieces/code-block';
import { ProblemNotice } from '../../pieces/problem-notice';
import { isTrigger, TRIGGERS, type Trigger } from '../../pieces/triggers';
import { AnswerKept } from './answer-kept';
import { AttemptResult } from './attempt-result';

export function TestPanel({ webhook }: { webhook: Webhook }): ReactElement {
  const { t } = useTranslation();
  const [trigger, setTrigger] = useState<Trigger>(webhook.triggers[0] ?? 'user_created');
  const [last, setLast] = useState<Attempt | null>(null);
  const samples = useQuery(triggersQuery());
  const send = useMutation({
    mutationFn: async (chosen: Trigger) =>
      (await testWebhook({ path: { id: webhook.id }, body: { trigger: chosen }, throwOnError: true })).data,
    onSuccess: setLast,
  });
  const sample = samples.data?.data.find(({ name }) => name === trigger)?.sample;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
      <Paper p="lg">
        <Stack gap="md" align="stretch">
          <div>
            <Title order={2} size="h4">
              {t('test.title')}
            </Title>
            <Text c="dimmed" size="sm" mt={4}>
              {t('test.lead')}
            </Text>
          </div>
          <Radio.Group
            label={t('test.trigger')}
            value={trigger}
            onChange={(value) => {
              if (isTrigger(value)) setTrigger(value);
            }}
          >
            <Stack gap={8} mt={8}>
              {TRIGGERS.map((name) => (
                <Radio key={name} value={name} label={t(`trigger.${name}.label`)} />
              ))}
            </Stack>
          </Radio.Group>
          {sample && (
            <div>
              <Text size="sm" fw={500} mb={6}>
                {t('test.body')}
              </Text>
              <CodeBlock text={JSON.stringify(sample, null, 2)} label={t('test.body')} copy={false} />
            </div>
          )}
          <ChangeButton
            leftSection={<IconSend size={16} />}
            loading={send.isPending}
            onClick={() => {
              send.mutate(trigger);
            }}
          >
            {t('test.send')}
          </ChangeButton>
        </Stack>
      </Paper>
      <Paper p="lg" aria-live="polite" aria-busy={send.isPending}>
        <Title order={2} size="h4" mb="md">
          {t('test.answer')}
        </Title>
        {send.isError ? (
          <ProblemNotice error={send.error} />
        ) : last ? (
          <>
            <AttemptResult attempt={last} />
            {last.status_code !== null && <AnswerKept id={last.event_id} />}
            <Group mt="md">
              <Button
                variant="default"
                size="xs"
                loading={send.isPending}
                onClick={() => {
                  send.mutate(trigger);
                }}
              >
                {t('test.again')}
              </Button>
            </Group>
          </>
        ) : (
          <Text c="dimmed">{t('test.nothingYet')}</Text>
        )}
      </Paper>
    </SimpleGrid>
  );
}
