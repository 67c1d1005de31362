/** Since when every delivery of a webhook has failed. */
import { Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { Trans } from 'react-i18next';
import type { Webhook } from '../api/generated/types.gen';
import { Time } from './time';

export function FailingSince({
  webhook: { status, failing_since },
}: {
  webhook: Webhook;
}): ReactElement | null {
  if (status !== 'failing' || failing_since === null) return null;
  return (
    <Text size="xs" c="dimmed" mt={4} component="div">
      <Trans i18nKey="status.failingSince" components={{ time: <Time at={failing_since} /> }} />
    </Text>
  );
}
