/** Enables a webhook: from now on, or from a time on, so that nothing of the time when it was disabled is left out. */
import '../../styles-of-forms';
import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { patchWebhook } from '../../api/generated/sdk.gen';
import type { Webhook } from '../../api/generated/types.gen';
import { Dialog } from '../../pieces/dialog';
import { notify } from '../../pieces/notify';
import { ProblemNotice } from '../../pieces/problem-notice';
import { exactTime } from '../../pieces/time';
import { startOf, type FormValues } from '../webhook-form/form-values';
import { StartChoice } from '../webhook-form/start-choice';

export function EnableWebhook({ webhook, onClose }: { webhook: Webhook; onClose: () => void }): ReactElement {
  const { t, i18n } = useTranslation();
  const queryClient = useQueryClient();
  const { id, url, disabled_at } = webhook;
  const [start, setStart] = useState<Pick<FormValues, 'startFrom' | 'startAt'>>({
    startFrom: 'now',
    startAt: disabled_at === null ? '' : local(disabled_at),
  });
  const enabling = useMutation({
    mutationFn: () =>
      patchWebhook({
        path: { id },
        body: { enabled: true, ...startOf(start.startFrom, start.startAt) },
        throwOnError: true,
      }),
    onSuccess: async () => {
      onClose();
      notify({ message: t('webhook.enabled', { url }) });
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: ['webhooks'] }),
        queryClient.invalidateQueries({ queryKey: ['webhook', id] }),
      ]);
    },
  });
  return (
    <Dialog onClose={onClose} title={t('enable.title')}>
      <Stack>
        <Text className="break">{url}</Text>
        {disabled_at !== null && (
          <Text size="sm" c="dimmed">
            {t('enable.disabledAt', { time: exactTime(disabled_at, i18n.language) })}
          </Text>
        )}
        <StartChoice
          {...start}
          onChange={(part) => {
            setStart((before) => ({ ...before, ...part }));
            enabling.reset();
          }}
        />
        {enabling.isError && <ProblemNotice error={enabling.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button
            loading={enabling.isPending}
            onClick={() => {
              enabling.mutate();
            }}
          >
            {t('action.enable')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

/** The minute in which it was disabled, as the browser's field for a time writes it. */
function local(at: string): string {
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
