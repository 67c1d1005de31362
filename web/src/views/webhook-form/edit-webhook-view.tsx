/** Changes a webhook, but only the version that was read. What somebody else changed meanwhile is shown, to choose from. */
import '../../styles-of-forms';
import { Skeleton } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { replaceWebhook } from '../../api/generated/sdk.gen';
import type { WebhookInput } from '../../api/generated/types.gen';
import { isProblemCode } from '../../api/problem';
import { webhookQuery, type VersionedWebhook } from '../../api/webhooks';
import { NotFound } from '../../layout/not-found';
import { notify } from '../../pieces/notify';
import { ProblemNotice } from '../../pieces/problem-notice';
import { ViewHeader } from '../../pieces/view-header';
import { EditConflict } from './edit-conflict';
import { toFormValues, toInput, type FormValues } from './form-values';
import { useWebhookForm } from './use-webhook-form';
import { WebhookForm } from './webhook-form';

export function EditWebhookView(): ReactElement {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/webhooks/$id/edit' });
  // What is being edited must not change under the hands of whoever edits it.
  const query = useQuery({
    ...webhookQuery(id),
    refetchInterval: false,
    refetchOnWindowFocus: false,
    staleTime: 0,
  });
  if (query.isError && !query.data) {
    if (isProblemCode(query.error, 'not_found')) return <NotFound />;
    return (
      <>
        <ViewHeader title={t('form.editTitle')} parent={{ to: '/webhooks', label: t('webhooks.title') }} />
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  }
  if (!query.data || (query.isFetching && !query.isFetchedAfterMount))
    return <Skeleton height={480} radius="lg" aria-label={t('state.loading')} role="status" />;
  return <Editor key={id} first={query.data} />;
}

function Editor({ first }: { first: VersionedWebhook }): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [base, setBase] = useState(first);
  const [theirs, setTheirs] = useState<VersionedWebhook | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const { id } = first.webhook;
  const form = useWebhookForm(toFormValues(first.webhook));
  const change = useMutation({
    mutationFn: ({ body, etag }: { body: WebhookInput; etag: string }) =>
      replaceWebhook({ path: { id }, headers: { 'If-Match': etag }, body, throwOnError: true }),
  });

  const save = async (body: WebhookInput, etag: string): Promise<void> => {
    setProblem(null);
    try {
      await change.mutateAsync({ body, etag });
    } catch (error) {
      if (!isProblemCode(error, 'precondition_failed')) throw error;
      setTheirs(await queryClient.query({ ...webhookQuery(id), staleTime: 0 }));
      return;
    }
    setTheirs(null);
    notify({ message: t('form.saved') });
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: ['webhooks'] }),
      queryClient.invalidateQueries({ queryKey: ['webhook', id] }),
    ]);
    await navigate({ to: '/webhooks/$id', params: { id } });
  };

  return (
    <>
      <ViewHeader
        title={t('form.editTitle')}
        lead={<span className="break">{base.webhook.url}</span>}
        parent={{ to: '/webhooks', label: t('webhooks.title') }}
      />
      <WebhookForm
        form={form}
        submitLabel={t('form.save')}
        busy={change.isPending}
        problem={problem}
        onSubmit={(values: FormValues) => save(toInput(values), base.etag)}
        onProblem={setProblem}
      />
      {theirs !== null && (
        <EditConflict
          base={base.webhook}
          mine={toInput(form.values)}
          theirs={theirs.webhook}
          busy={change.isPending}
          onCancel={() => {
            setTheirs(null);
          }}
          onChosen={(body) => {
            setBase(theirs);
            save(body, theirs.etag).catch((error: unknown) => {
              setTheirs(null);
              setProblem(error);
            });
          }}
        />
      )}
    </>
  );
}
