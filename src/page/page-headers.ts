/**
 * What a browser may do with the admin page: run the service's own scripts, ask the service, and use styles that the
 * service itself has sent. Nothing is inline but styles with the nonce of this very answer, and no other host is asked:
 * not the identity provider either, as the service itself exchanges its code.
 */

export function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** An asset has a new name as soon as it has other bytes. */
export const ASSET_CACHING = 'public, max-age=31536000, immutable';
