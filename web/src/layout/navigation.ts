/** The views that the navigation offers, in its order and groups. A view adds itself here and in `router.tsx`. */
import {
  IconHistory,
  IconLayoutDashboard,
  IconListDetails,
  IconMailOff,
  IconRepeat,
  IconRouteAltLeft,
  IconWebhook,
  type Icon,
} from '@tabler/icons-react';

interface Entry {
  readonly to:
    '/overview' | '/webhooks' | '/deliveries' | '/replays' | '/explain' | '/dead-letters' | '/audit';
  readonly name: 'overview' | 'webhooks' | 'deliveries' | 'replays' | 'explain' | 'deadLetters' | 'audit';
  readonly icon: Icon;
}

export const NAVIGATION = [
  {
    group: 'delivery',
    links: [
      { to: '/overview', name: 'overview', icon: IconLayoutDashboard },
      { to: '/webhooks', name: 'webhooks', icon: IconWebhook },
      { to: '/deliveries', name: 'deliveries', icon: IconListDetails },
      { to: '/replays', name: 'replays', icon: IconRepeat },
    ],
  },
  {
    group: 'questions',
    links: [
      { to: '/explain', name: 'explain', icon: IconRouteAltLeft },
      { to: '/dead-letters', name: 'deadLetters', icon: IconMailOff },
    ],
  },
  { group: 'administration', links: [{ to: '/audit', name: 'audit', icon: IconHistory }] },
] as const satisfies { group: string; links: Entry[] }[];
