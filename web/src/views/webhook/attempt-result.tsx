/** What came of one attempt: the answer of the receiver, or why there was none, and what that usually means. */
import { Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Attempt } from '../../api/generated/types.gen';
import { BodyBlock } from '../../pieces/body-block';
import { StateBadge } from '../../pieces/state-badge';
import { Technical } from '../../pieces/technical';
import { Time } from '../../pieces/time';

export function AttemptResult({ attempt }: { attempt: Attempt }): ReactElement {
  const { t, i18n } = useTranslation();
  const { outcome, status_code, error_code, error_message, duration_ms, response_body, started_at } = attempt;
  const delivered = outcome === 'delivered';
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <StateBadge tone={delivered ? 'good' : 'bad'} icon={delivered ? IconCircleCheck : IconAlertTriangle}>
          {t(delivered ? 'attempt.delivered' : 'attempt.failed')}
        </StateBadge>
        <Text size="sm" c="dimmed">
          {[
            status_code === null ? null : `HTTP ${status_code}`,
            t('attempt.took', { ms: duration_ms.toLocaleString(i18n.language) }),
          ]
            .filter((part) => part !== null)
            .join(' · ')}
        </Text>
        <Text size="sm" c="dimmed">
          <Time at={started_at} />
        </Text>
      </Group>
      {error_code !== null && (
        <div>
          <Text fw={500}>{t(`errorCode.${error_code}.title`)}</Text>
          <Text size="sm" c="dimmed">
            {t(`errorCode.${error_code}.help`)}
          </Text>
          <Technical text={error_message} />
        </div>
      )}
      {response_body !== null && response_body !== '' ? (
        <BodyBlock label={t('attempt.answerBody')} text={response_body} />
      ) : (
        status_code !== null && (
          <Text size="sm" c="dimmed">
            {t('attempt.noBody')}
          </Text>
        )
      )}
    </Stack>
  );
}
