/**
 * Which view an address shows. Each view is a folder of `views/` and a chunk of its own; what it filters and sorts by is in
 * the address. The paths are also in `src/page/page-paths.ts`, which serves them. What a view begins with is asked for
 * while its code is fetched.
 */
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { minutesQuery, statsQuery } from './api/stats';
import { webhookQuery, webhooksQuery } from './api/webhooks';
import { Layout } from './layout/layout';
import { NotFound } from './layout/not-found';
import { ViewFailed } from './layout/view-failed';
import { auditSearch } from './views/audit/audit-search';
import { deadLettersSearch } from './views/dead-letters/dead-letters-search';
import { deliveriesSearch } from './views/deliveries/deliveries-search';
import { replaysSearch } from './views/replays/replays-search';
import { webhookSearch } from './views/webhook/webhook-search';
import { webhooksFilter, webhooksSearch } from './views/webhooks/webhooks-search';

const root = createRootRouteWithContext<{ readonly queryClient: QueryClient }>()({
  component: Layout,
  notFoundComponent: NotFound,
  errorComponent: ViewFailed,
});

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
  loaderDeps: ({ search }) => webhooksFilter(search),
  loader: ({ context: { queryClient }, deps }) => {
    begin(queryClient.infiniteQuery(webhooksQuery(deps)));
  },
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
  loader: ({ context: { queryClient }, params: { id } }) => {
    begin(queryClient.query(webhookQuery(id)));
  },
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
  loader: ({ context: { queryClient } }) => {
    begin(queryClient.query(statsQuery()), queryClient.query(minutesQuery()));
  },
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

/** The view waits for none of these: it shows what is there, and what went wrong. */
function begin(...queries: readonly Promise<unknown>[]): void {
  void Promise.allSettled(queries);
}

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    // The query client knows what is fresh.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultStructuralSharing: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
