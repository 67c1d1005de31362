/** Enables or disables a webhook, and says so. */
import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { patchWebhook } from '../../api/generated/sdk.gen';
import type { Webhook } from '../../api/generated/types.gen';
import { notify } from '../../pieces/notify';
import { useProblemText } from '../../pieces/problem-notice';

export function useSetEnabled({ id, url }: Webhook): UseMutationResult<unknown, unknown, boolean> {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (enabled: boolean) => patchWebhook({ path: { id }, body: { enabled }, throwOnError: true }),
    onSuccess: async (_answer, enabled) => {
      notify({ message: t(enabled ? 'webhook.enabled' : 'webhook.disabled', { url }) });
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
