/**
 * Sends again: events of a stretch of the log (replay), or what was given up (recover). First the plan, which sends
 * nothing: how many, what the log still has, what to mind. Only then the start.
 */
import { Alert, Button, Checkbox, Group, Radio, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { readReplay, recoverDeliveries, replayEvents } from '../../api/generated/sdk.gen';
import type { Replay, Webhook } from '../../api/generated/types.gen';
import { serviceNow } from '../../api/service-clock';
import { Dialog } from '../../pieces/dialog';
import { areShown, focusFirstFault, useFieldFaults } from '../../pieces/field-faults';
import { ProblemNotice } from '../../pieces/problem-notice';
import { isTrigger, type Trigger } from '../../pieces/triggers';
import { ReplayCounts } from './replay-counts';

const DAY_MS = 86_400_000;
const PLAN_REFRESH_MS = 500;
/** The service calls the range of what is recovered otherwise. */
const FIELD_OF = { since: 'from', until: 'to' };
const FIELDS = {
  recover: ['from', 'to'],
  replay: ['from', 'to', 'triggers', 'username', 'mode'],
};

interface ReplayDialogProps {
  readonly webhook: Webhook;
  readonly kind: 'replay' | 'recover';
  readonly onClose: () => void;
  readonly onStarted: () => void;
}

interface Wish {
  readonly from: string;
  readonly to: string;
  readonly triggers: Trigger[];
  readonly username: string;
  readonly mode: 'all' | 'last_per_user';
}

export function ReplayDialog({ webhook, kind, onClose, onStarted }: ReplayDialogProps): ReactElement {
  const { t, i18n } = useTranslation();
  const queryClient = useQueryClient();
  const [wish, setWish] = useState<Wish>(() => firstWish(webhook));
  const start = useMutation({
    mutationFn: ({ dryRun }: { dryRun: boolean }) => ask(webhook.id, kind, wish, dryRun),
    onSuccess: async (replay) => {
      await queryClient.invalidateQueries({ queryKey: ['replays'] });
      if (!replay.dry_run) onStarted();
    },
    onError: focusFirstFault,
  });
  const faults = useFieldFaults(FIELD_OF)(start.error);
  const planned = start.data?.dry_run === true ? start.data : null;
  const plan = usePlan(planned);
  const change = (part: Partial<Wish>): void => {
    setWish((before) => ({ ...before, ...part }));
    start.reset();
  };
  const complete = wish.from !== '' && wish.triggers.length > 0;
  return (
    <Dialog onClose={onClose} size="lg" title={t(`replayDialog.${kind}.title`)}>
      <Stack>
        <Text c="dimmed" size="sm">
          {t(`replayDialog.${kind}.lead`)}
        </Text>
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          {(['from', 'to'] as const).map((name) => (
            <TextInput
              key={name}
              type="datetime-local"
              label={t(`replayDialog.${name}`)}
              description={t(name === 'from' ? `replayDialog.${kind}.fromHelp` : 'replayDialog.toHelp')}
              value={wish[name]}
              error={faults[name]}
              onChange={({ currentTarget }) => {
                change({ [name]: currentTarget.value });
              }}
            />
          ))}
        </SimpleGrid>
        {kind === 'replay' && <Narrowing webhook={webhook} wish={wish} faults={faults} onChange={change} />}
        <Alert icon={<IconInfoCircle />} color="gray">
          {t('replayDialog.sameIds')}
        </Alert>
        <div aria-live="polite">{plan && <ReplayCounts replay={plan} />}</div>
        {start.isError && !areShown(faults, FIELDS[kind]) && <ProblemNotice error={start.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('action.cancel')}
          </Button>
          <Button
            variant={plan ? 'default' : 'filled'}
            disabled={!complete}
            loading={start.isPending && !plan}
            onClick={() => {
              start.mutate({ dryRun: true });
            }}
          >
            {t('replayDialog.plan')}
          </Button>
          {plan && (
            <Button
              loading={start.isPending}
              disabled={plan.matched === 0 && plan.status === 'done'}
              onClick={() => {
                start.mutate({ dryRun: false });
              }}
            >
              {t('replayDialog.start', {
                count: plan.matched,
                number: plan.matched.toLocaleString(i18n.language),
              })}
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  );
}

interface NarrowingProps {
  readonly webhook: Webhook;
  readonly wish: Wish;
  readonly faults: Record<string, string>;
  readonly onChange: (part: Partial<Wish>) => void;
}

function Narrowing({ webhook, wish, faults, onChange }: NarrowingProps): ReactElement {
  const { t } = useTranslation();
  return (
    <>
      <Checkbox.Group
        label={t('form.triggers')}
        value={wish.triggers}
        error={faults.triggers}
        onChange={(values) => {
          onChange({ triggers: values.filter(isTrigger) });
        }}
      >
        <Group mt={6}>
          {webhook.triggers.map((trigger) => (
            <Checkbox key={trigger} value={trigger} label={t(`trigger.${trigger}.label`)} />
          ))}
        </Group>
      </Checkbox.Group>
      <TextInput
        label={t('replayDialog.username')}
        description={t('replayDialog.usernameHelp')}
        value={wish.username}
        error={faults.username}
        onChange={({ currentTarget }) => {
          onChange({ username: currentTarget.value });
        }}
      />
      <Radio.Group
        label={t('replayDialog.mode')}
        value={wish.mode}
        error={faults.mode}
        onChange={(mode) => {
          onChange({ mode: mode === 'all' ? 'all' : 'last_per_user' });
        }}
      >
        <Stack gap={8} mt={6}>
          {(['all', 'last_per_user'] as const).map((mode) => (
            <Radio
              key={mode}
              value={mode}
              label={t(`replayDialog.modes.${mode}`)}
              description={t(`replayDialog.modesHelp.${mode}`)}
            />
          ))}
        </Stack>
      </Radio.Group>
    </>
  );
}

/** A plan counts for a while: it is asked for until it is done. */
function usePlan(planned: Replay | null): Replay | null {
  const { data } = useQuery({
    queryKey: ['replay', planned?.id],
    queryFn: async ({ signal }) =>
      (await readReplay({ path: { id: planned?.id ?? '' }, signal, throwOnError: true })).data,
    enabled: planned !== null,
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? PLAN_REFRESH_MS : false),
  });
  return planned === null ? null : (data ?? planned);
}

async function ask(id: string, kind: 'replay' | 'recover', wish: Wish, dryRun: boolean): Promise<Replay> {
  const path = { id };
  const [from, to] = [instant(wish.from), instant(wish.to)];
  if (kind === 'recover') {
    const until = wish.to === '' ? {} : { until: to };
    const body = { since: from, ...until, dry_run: dryRun };
    return (await recoverDeliveries({ path, body, throwOnError: true })).data;
  }
  const { triggers, mode } = wish;
  const username = wish.username.trim();
  const body = {
    from,
    to: wish.to === '' ? later() : to,
    triggers,
    mode,
    dry_run: dryRun,
    ...(username !== '' && { username }),
  };
  return (await replayEvents({ path, body, throwOnError: true })).data;
}

function firstWish({ triggers }: Webhook): Wish {
  const now = serviceNow();
  return { from: local(now - 7 * DAY_MS), to: '', triggers, username: '', mode: 'all' };
}

/** The service takes a time to come as now. Its clock may be another one. */
function later(): string {
  return new Date(serviceNow() + DAY_MS).toISOString();
}

/** As the browser's field for a time writes it: without a zone, in that of the reader. */
function local(ms: number): string {
  const date = new Date(ms);
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function instant(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toISOString();
}
