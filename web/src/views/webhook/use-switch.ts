/** Enables or disables a webhook, pauses or resumes it, and says so. */
import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { patchWebhook } from '../../api/generated/sdk.gen';
import type { Webhook } from '../../api/generated/types.gen';
import { notify } from '../../pieces/notify';
import { useProblemText } from '../../pieces/problem-notice';

/** What is said when it is on, and when it is off. */
const DONE = {
  enabled: ['webhook.enabled', 'webhook.disabled'],
  paused: ['webhook.paused', 'webhook.resumed'],
} as const;

export function useSwitch(
  { id, url }: Webhook,
  member: keyof typeof DONE,
): UseMutationResult<unknown, unknown, boolean> {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (on: boolean) => patchWebhook({ path: { id }, body: { [member]: on }, throwOnError: true }),
    onSuccess: async (_answer, on) => {
      notify({ message: t(DONE[member][on ? 0 : 1], { url }) });
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: ['webhooks'] }),
        queryClient.invalidateQueries({ queryKey: ['webhook', id] }),
      ]);
    },
    onError: (error) => {
      const { title, text } = problemText(error);
      notify({ color: 'red', title, message: text });
    },
  });
}
