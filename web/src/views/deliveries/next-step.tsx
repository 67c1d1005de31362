/** What happens next with a delivery that is not over: when, or why it waits. */
import { Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import type { Delivery } from '../../api/generated/types.gen';
import { Time, useNow } from '../../pieces/time';

export function NextStep({ delivery }: { delivery: Delivery }): ReactElement | null {
  const { t } = useTranslation();
  const now = useNow();
  const { waits_for, next_attempt_at } = delivery;
  const until = waits_for?.until ?? next_attempt_at;
  if (waits_for === null && until === null) return null;
  return (
    <Text size="xs" c="dimmed" mt={4} component="div">
      {waits_for !== null && <div>{t(`waitsFor.${waits_for.reason}`)}</div>}
      {until !== null && (
        <div>
          {new Date(until).getTime() < now ? (
            t('deliveries.attemptDue')
          ) : (
            <Trans i18nKey="deliveries.nextAttempt" components={{ time: <Time at={until} /> }} />
          )}
        </div>
      )}
    </Text>
  );
}
