/** A new webhook. Its signing secret is shown once, right after. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { createWebhook } from '../../api/generated/sdk.gen';
import type { NewWebhook } from '../../api/generated/types.gen';
import { ViewHeader } from '../../pieces/view-header';
import { SecretShownOnce } from '../webhook/secret-shown-once';
import { NEW_WEBHOOK, toInput, type FormValues } from './form-values';
import { useWebhookForm } from './use-webhook-form';
import { WebhookForm } from './webhook-form';

export function NewWebhookView(): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const form = useWebhookForm(NEW_WEBHOOK);
  const [made, setMade] = useState<NewWebhook | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const creation = useMutation({
    mutationFn: async (values: FormValues) =>
      (await createWebhook({ body: toInput(values), throwOnError: true })).data,
  });
  const submit = async (values: FormValues): Promise<void> => {
    setProblem(null);
    setMade(await creation.mutateAsync(values));
    await queryClient.invalidateQueries({ queryKey: ['webhooks'] });
  };
  return (
    <>
      <ViewHeader
        title={t('form.newTitle')}
        lead={t('form.newLead')}
        parent={{ to: '/webhooks', label: t('webhooks.title') }}
      />
      <WebhookForm
        form={form}
        isNew
        submitLabel={t('form.create')}
        busy={creation.isPending}
        problem={problem}
        onSubmit={submit}
        onProblem={setProblem}
      />
      {made !== null && (
        <SecretShownOnce
          secret={made.signing_secret}
          title={t('secret.newTitle')}
          onDone={() =>
            void navigate({
              to: '/webhooks/$id',
              params: { id: made.id },
              // There is something to see already, or it begins with a test.
              search: made.status === 'catching_up' ? {} : { tab: 'test' },
            })
          }
        />
      )}
    </>
  );
}
