/** Which webhooks get an event, and why the others do not: for one that is pasted, or one of the log. */
import '../../styles-of-forms';
import {
  Alert,
  Group,
  Paper,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
  Button,
} from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleMinus } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactElement, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { explainEvent } from '../../api/generated/sdk.gen';
import type { ExplainInput, Explanation } from '../../api/generated/types.gen';
import { CodeBlock } from '../../pieces/code-block';
import { useFaultText } from '../../pieces/fault-text';
import { areShown, focusFirstFault, useFieldFaults } from '../../pieces/field-faults';
import { ProblemNotice } from '../../pieces/problem-notice';
import { StateBadge } from '../../pieces/state-badge';
import { Technical } from '../../pieces/technical';
import { ViewHeader } from '../../pieces/view-header';
import { ViewLink } from '../../pieces/view-link';

const SAMPLE = JSON.stringify(
  {
    id: 'evt_1',
    type: 'user_created',
    timestamp: '2026-11-27T09:30:00Z',
    data: { username: 'jdoe', email: 'jane.doe@example.com', groups: ['developers'] },
  },
  null,
  2,
);

export function ExplainView(): ReactElement {
  const { t } = useTranslation();
  const [way, setWay] = useState<'event' | 'place'>('event');
  const [event, setEvent] = useState(SAMPLE);
  const [place, setPlace] = useState({ partition: '', offset: '' });
  const [fault, setFault] = useState<string | null>(null);
  const explanation = useMutation({
    mutationFn: async (body: ExplainInput) => (await explainEvent({ body, throwOnError: true })).data,
    onError: focusFirstFault,
  });
  const faults = useFieldFaults()(explanation.error);
  const submit = (submission: SyntheticEvent): void => {
    submission.preventDefault();
    if (way === 'place') {
      explanation.mutate({ partition: Number(place.partition), offset: place.offset });
      return;
    }
    try {
      explanation.mutate({ event: JSON.parse(event) as unknown });
      setFault(null);
    } catch {
      setFault(t('explain.notJson'));
    }
  };
  return (
    <>
      <ViewHeader title={t('explain.title')} lead={t('explain.lead')} />
      <Stack gap="lg" maw={860}>
        <Paper p="lg">
          <form onSubmit={submit}>
            <Stack>
              <SegmentedControl
                w="fit-content"
                aria-label={t('explain.way')}
                data={[
                  { value: 'event', label: t('explain.paste') },
                  { value: 'place', label: t('explain.place') },
                ]}
                value={way}
                onChange={(value) => {
                  setWay(value === 'place' ? 'place' : 'event');
                }}
              />
              {way === 'event' ? (
                <Textarea
                  label={t('explain.event')}
                  description={t('explain.eventHelp')}
                  autosize
                  minRows={8}
                  maxRows={24}
                  spellCheck={false}
                  classNames={{ input: 'mono' }}
                  error={fault ?? faults.event}
                  value={event}
                  onChange={({ currentTarget }) => {
                    setEvent(currentTarget.value);
                  }}
                />
              ) : (
                <Group align="flex-start">
                  {(['partition', 'offset'] as const).map((name) => (
                    <TextInput
                      key={name}
                      label={t(`explain.${name}`)}
                      inputMode="numeric"
                      value={place[name]}
                      error={faults[name]}
                      onChange={({ currentTarget }) => {
                        const digits = currentTarget.value.replaceAll(/\D/g, '');
                        setPlace((before) => ({ ...before, [name]: digits }));
                      }}
                    />
                  ))}
                </Group>
              )}
              <Button
                type="submit"
                w="fit-content"
                loading={explanation.isPending}
                disabled={way === 'place' && (place.partition === '' || place.offset === '')}
              >
                {t('explain.ask')}
              </Button>
            </Stack>
          </form>
        </Paper>
        <div aria-live="polite">
          {explanation.isError &&
            !areShown(faults, way === 'event' ? ['event'] : ['partition', 'offset']) && (
              <ProblemNotice error={explanation.error} />
            )}
          {explanation.data && <Answer explanation={explanation.data} />}
        </div>
      </Stack>
    </>
  );
}

function Answer({ explanation: { event, fault, webhooks } }: { explanation: Explanation }): ReactElement {
  const { t } = useTranslation();
  const faultText = useFaultText();
  if (fault !== null)
    return (
      <Alert color="red" icon={<IconAlertTriangle />} title={t(`deadLetterReason.${fault.reason}`)}>
        {t('explain.fault')} {t(`deadLetterReasonHelp.${fault.reason}`)}
        {fault.errors.length === 0 ? (
          <Technical text={fault.message} />
        ) : (
          <ul>
            {fault.errors.map((one) => (
              <li key={`${one.field} ${one.code}`}>
                <span className="mono">{one.field}</span>: {faultText(one)}
              </li>
            ))}
          </ul>
        )}
      </Alert>
    );
  const sorted = webhooks.toSorted((a, b) => Number(b.matches) - Number(a.matches));
  return (
    <Stack>
      {event !== null && (
        <Title order={2} size="h4">
          {t('explain.answer', { count: webhooks.filter(({ matches }) => matches).length })}
        </Title>
      )}
      {sorted.map(({ id, url, description, matches, why, request }) => (
        <Paper key={id} p="md">
          <Group gap="sm" mb={6}>
            <StateBadge tone={matches ? 'good' : 'quiet'} icon={matches ? IconCircleCheck : IconCircleMinus}>
              {t(matches ? 'explain.gets' : 'explain.getsNot')}
            </StateBadge>
            <ViewLink to="/webhooks/$id" params={{ id }} fw={500} className="break" lineClamp={2} title={url}>
              {url}
            </ViewLink>
          </Group>
          {description !== '' && (
            <Text size="sm" c="dimmed" className="break" lineClamp={2}>
              {description}
            </Text>
          )}
          <Text size="sm">{t(`explainWhy.${why}`)}</Text>
          {request !== null && (
            <details>
              <summary>{t('delivery.request')}</summary>
              <CodeBlock
                text={[
                  `${request.method} ${request.url}`,
                  ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
                  '',
                  request.body,
                ].join('\n')}
                label={t('delivery.request')}
                wrap
              />
            </details>
          )}
        </Paper>
      ))}
    </Stack>
  );
}
