/**
 * What went wrong, in words: what the service refused and why, that it does not answer, or that this person may not. Views
 * show it in place of what they could not read. They never show nothing, and never a zero.
 */
import { Alert, Button, Code, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconLock, IconPlugConnectedX } from '@tabler/icons-react';
import { useCallback, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { toProblemError } from '../api/problem';
import { useFaultText } from './fault-text';
import { exactTime } from './time';

const ICONS: Partial<Record<string, typeof IconLock>> = { offline: IconPlugConnectedX, forbidden: IconLock };

interface ProblemText {
  readonly title: string;
  readonly text: string;
}

export function useProblemText(): (error: unknown) => ProblemText {
  const { t, i18n } = useTranslation();
  const faultText = useFaultText();
  return useCallback(
    (error) => {
      const { code, detail, status, retryAfterSeconds, faults, params } = toProblemError(error, undefined);
      const title = t(`problem.${code}`, { defaultValue: t('problem.other') });
      if (code === 'offline') return { title, text: t('problem.offlineHelp') };
      if (code === 'forbidden') return { title, text: t('problem.forbiddenHelp') };
      if (code === 'too_many_requests')
        return { title, text: t('problem.lockedOut', { count: retryAfterSeconds ?? 60 }) };
      if (code === 'not_a_problem') return { title, text: t('problem.strange', { status: status ?? '–' }) };
      if (code === 'validation_failed' && faults.length > 0) {
        const lines = faults.map((fault) => {
          const member = fault.field.replace(/^value\./, '');
          const name = member === '' ? '' : t(`member.${member as 'from'}`, { defaultValue: member });
          return name === '' ? faultText(fault) : `${name}: ${faultText(fault)}`;
        });
        // What a parser says of a place in a text has no code.
        const [only, more] = faults;
        const said = more === undefined ? only?.params?.fault : undefined;
        return { title, text: [...lines, ...(said === undefined ? [] : [said])].join('\n') };
      }
      if (params.unavailable !== undefined)
        return { title, text: t(`unavailable.${params.unavailable}`, { detail }) };
      if (code === 'event_expired' && params.log_begins_at !== undefined) {
        const since = exactTime(params.log_begins_at, i18n.language);
        return { title, text: t('problemHelp.event_expired_since', { detail, since }) };
      }
      return { title, text: t(`problemHelp.${code}`, { detail, role: params.role, defaultValue: detail }) };
    },
    [t, i18n.language, faultText],
  );
}

export function ProblemNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }): ReactElement {
  const { t } = useTranslation();
  const { code, requestId } = toProblemError(error, undefined);
  const { title, text } = useProblemText()(error);
  const ProblemIcon = ICONS[code] ?? IconAlertTriangle;
  return (
    <Alert
      color={code === 'forbidden' ? 'gray' : 'red'}
      icon={<ProblemIcon />}
      title={title}
      role="alert"
      w="100%"
      maw={720}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm" className="break" style={{ whiteSpace: 'pre-line' }}>
          {text}
        </Text>
        {requestId !== null && (
          <Text size="xs">
            {t('problem.request')} <Code>{requestId}</Code>
          </Text>
        )}
        {onRetry && code !== 'forbidden' && (
          <Button variant="default" size="xs" onClick={onRetry}>
            {t('action.retry')}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
