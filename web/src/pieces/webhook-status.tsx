/** How a webhook is, as icon and words. */
import {
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconPlayerPause,
  IconRefresh,
  type Icon,
} from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../api/generated/types.gen';
import { StateBadge, type Tone } from './state-badge';

type Status = Webhook['status'];

const LOOKS: Record<string, readonly [Tone, Icon]> = {
  healthy: ['good', IconCircleCheck],
  failing: ['bad', IconAlertTriangle],
  catching_up: ['info', IconRefresh],
  paused: ['warn', IconPlayerPause],
  disabled: ['quiet', IconBan],
};

/** @param more what the word alone does not say. */
export function WebhookStatus({ status, more }: { status: Status; more?: string }): ReactElement {
  const { t } = useTranslation();
  const [tone, icon] = LOOKS[status] ?? ['quiet', IconBan];
  return (
    <StateBadge tone={tone} icon={icon}>
      {[t(`status.${status}`), more].filter((part) => part !== undefined).join(', ')}
    </StateBadge>
  );
}
