/** The views that the navigation offers, in its order and groups. A view adds itself here and in `router.tsx`. */
import { IconHistory, IconWebhook, type Icon } from '@tabler/icons-react';

interface Entry {
  readonly to: '/webhooks' | '/audit';
  readonly name: 'webhooks' | 'audit';
  readonly icon: Icon;
}

export const NAVIGATION = [
  { group: 'delivery', links: [{ to: '/webhooks', name: 'webhooks', icon: IconWebhook }] },
  { group: 'administration', links: [{ to: '/audit', name: 'audit', icon: IconHistory }] },
] as const satisfies { group: string; links: Entry[] }[];
