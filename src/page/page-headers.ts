/**
 * What a browser may do with the admin page: run the service's own scripts, ask the service, and use styles that the
 * service itself has sent. Nothing is inline but styles with the nonce of this very answer, and no other host is asked,
 * except the identity provider where people sign in by it.
 */

/** @param issuer the origin that the page may ask for tokens; null: there is none. */
export function pagePolicy(nonce: string, issuer: string | null): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${issuer === null ? '' : ` ${issuer}`}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** An asset has a new name as soon as it has other bytes. */
export const ASSET_CACHING = 'public, max-age=31536000, immutable';
