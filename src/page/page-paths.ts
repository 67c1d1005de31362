/**
 * The paths at which the admin page can be opened. All of them answer with the same shell; the page's router shows the
 * view (`web/src/router.tsx`; a test compares). Any other path is not found, so a mistyped path of the API is never
 * answered with a page.
 */
export const PAGE_PATHS = [
  '/',
  '/overview',
  '/webhooks',
  '/webhooks/*',
  '/deliveries',
  '/replays',
  '/explain',
  '/dead-letters',
  '/audit',
] as const;
