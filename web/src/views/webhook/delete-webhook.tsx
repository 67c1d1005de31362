/** Asks before a webhook is deleted: names it, and says what is dropped with it. */
import '../../styles-of-forms';
import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { deleteWebhook } from '../../api/generated/sdk.gen';
import type { Webhook } from '../../api/generated/types.gen';
import { webhookQuery } from '../../api/webhooks';
import { isProblemCode } from '../../api/problem';
import { Dialog } from '../../pieces/dialog';
import { focusLostView } from '../../pieces/focus-back';
import { notify } from '../../pieces/notify';
import { ProblemNotice } from '../../pieces/problem-notice';

/** Where the service stops counting: in a list, and of one webhook alone. */
const COUNTED_TO = { listed: 100, alone: 1_000 };

interface DeleteWebhookProps {
  readonly webhook: Webhook;
  readonly onClose: () => void;
}

export function DeleteWebhook({ webhook, onClose }: DeleteWebhookProps): ReactElement {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { id, url } = webhook;
  // A list does not count as far.
  const fresh = useQuery(webhookQuery(id));
  const { pending_count, behind } = fresh.data?.webhook ?? webhook;
  const countedTo = fresh.data ? COUNTED_TO.alone : COUNTED_TO.listed;
  const deletion = useMutation({
    mutationFn: async () => {
      try {
        await deleteWebhook({ path: { id }, throwOnError: true });
      } catch (error) {
        // Somebody else was faster: what was wanted is true.
        if (!isProblemCode(error, 'not_found')) throw error;
      }
    },
    onSuccess: async () => {
      onClose();
      notify({ message: t('deletion.done', { url }) });
      await navigate({ to: '/webhooks' });
      queryClient.removeQueries({ queryKey: ['webhook', id] });
      await queryClient.invalidateQueries({ queryKey: ['webhooks'] });
      // The last webhook of the list takes the list with it, and the title that had the focus.
      focusLostView();
    },
  });
  const number = pending_count.toLocaleString(i18n.language);
  return (
    <Dialog onClose={onClose} title={t('deletion.title')} openerGoes={deletion.isPending}>
      <Stack>
        <Code block className="break" style={{ whiteSpace: 'pre-wrap' }}>
          {url}
        </Code>
        <Text>
          {pending_count === 0
            ? t('deletion.nothingWaits')
            : t(pending_count >= countedTo ? 'deletion.dropsOrMore' : 'deletion.drops', {
                number,
                count: pending_count,
              })}{' '}
          {behind !== null &&
            t('deletion.dropsBehind', {
              count: behind.events,
              number: behind.events.toLocaleString(i18n.language),
            })}{' '}
          {t('deletion.noMore')}
        </Text>
        <Text c="dimmed" size="sm">
          {t('deletion.instead')}
        </Text>
        {deletion.isError && <ProblemNotice error={deletion.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button
            color="red.9"
            loading={deletion.isPending}
            onClick={() => {
              deletion.mutate();
            }}
          >
            {t('deletion.confirm')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
