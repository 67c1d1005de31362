/**
 * The address of the admin page that signs in by itself. No browser sends a fragment to a server, and the page takes the
 * token out of the address at once.
 */
export function pageAddress(
  { url, adminToken }: { readonly url: string; readonly adminToken: string },
  path = '/',
): string {
  return `${url}${path}#token=${encodeURIComponent(adminToken)}`;
}
