/**
 * Which view an address shows. Each view is a folder of `views/` and a chunk of its own; what it filters and sorts by is in
 * the address. The paths are also in `src/page/page-paths.ts`, which serves them.
 */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { Layout } from './layout/layout';
import { NotFound } from './layout/not-found';
import { ViewFailed } from './layout/view-failed';
import { auditSearch } from './views/audit/audit-search';
import { deadLettersSearch } from './views/dead-letters/dead-letters-search';
import { deliveriesSearch } from './views/deliveries/deliveries-search';
import { replaysSearch } from './views/replays/replays-search';
import { webhookSearch } from './views/webhook/webhook-search';
import { webhooksSearch } from './views/webhooks/webhooks-search';

const root = createRootRoute({ component: Layout, notFoundComponent: NotFound, errorComponent: ViewFailed });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- how this router redirects
    throw redirect({ to: '/overview', replace: true });
  },
});

const webhooks = createRoute({
  getParentRoute: () => root,
  path: '/webhooks',
  validateSearch: webhooksSearch,
  component: lazyRouteComponent(() => import('./views/webhooks/webhooks-view'), 'WebhooksView'),
});

const newWebhook = createRoute({
  getParentRoute: () => root,
  path: '/webhooks/new',
  component: lazyRouteComponent(() => import('./views/webhook-form/new-webhook-view'), 'NewWebhookView'),
});

const webhook = createRoute({
  getParentRoute: () => root,
  path: '/webhooks/$id',
  validateSearch: webhookSearch,
  component: lazyRouteComponent(() => import('./views/webhook/webhook-view'), 'WebhookView'),
});

const editWebhook = createRoute({
  getParentRoute: () => root,
  path: '/webhooks/$id/edit',
  component: lazyRouteComponent(() => import('./views/webhook-form/edit-webhook-view'), 'EditWebhookView'),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('./views/audit/audit-view'), 'AuditView'),
});

const overview = createRoute({
  getParentRoute: () => root,
  path: '/overview',
  component: lazyRouteComponent(() => import('./views/overview/overview-view'), 'OverviewView'),
});

const deliveries = createRoute({
  getParentRoute: () => root,
  path: '/deliveries',
  validateSearch: deliveriesSearch,
  component: lazyRouteComponent(() => import('./views/deliveries/deliveries-view'), 'DeliveriesView'),
});

const replays = createRoute({
  getParentRoute: () => root,
  path: '/replays',
  validateSearch: replaysSearch,
  component: lazyRouteComponent(() => import('./views/replays/replays-view'), 'ReplaysView'),
});

const deadLetters = createRoute({
  getParentRoute: () => root,
  path: '/dead-letters',
  validateSearch: deadLettersSearch,
  component: lazyRouteComponent(() => import('./views/dead-letters/dead-letters-view'), 'DeadLettersView'),
});

const explain = createRoute({
  getParentRoute: () => root,
  path: '/explain',
  component: lazyRouteComponent(() => import('./views/explain/explain-view'), 'ExplainView'),
});

const routeTree = root.addChildren([
  home,
  overview,
  deliveries,
  replays,
  deadLetters,
  explain,
  webhooks,
  newWebhook,
  webhook,
  editWebhook,
  audit,
]);

export function makeRouter() {
  return createRouter({
    routeTree,
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultStructuralSharing: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
