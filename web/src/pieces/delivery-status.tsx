/** How a delivery is, as icon and words, and why it waits. */
import { IconCircleCheck, IconCircleX, IconClockPause, IconRefresh, type Icon } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Delivery } from '../api/generated/types.gen';
import { StateBadge, type Tone } from './state-badge';

const LOOKS: Record<Delivery['status'], readonly [Tone, Icon]> = {
  delivered: ['good', IconCircleCheck],
  pending: ['warn', IconRefresh],
  waiting: ['info', IconClockPause],
  exhausted: ['bad', IconCircleX],
};

export function DeliveryStatus({ status }: { status: Delivery['status'] }): ReactElement {
  const { t } = useTranslation();
  const [tone, icon] = LOOKS[status];
  return (
    <StateBadge tone={tone} icon={icon}>
      {t(`deliveryStatus.${status}`)}
    </StateBadge>
  );
}
