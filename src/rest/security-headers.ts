/**
 * The security headers of every answer. They forbid a browser to guess the content type, to show the answer in a frame,
 * to cache it and to run scripts. Only the documentation page may run scripts, and only those of this service.
 *
 * There are no CORS headers, so no page of another origin may read an answer. HSTS is left to the proxy that speaks TLS.
 */
const NOT_A_PAGE = "default-src 'none'; frame-ancestors 'none'";
/** Swagger UI uses inline styles, and images inside its style sheet. */
const DOCUMENTATION = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function securityHeaders(path: string): Record<string, string> {
  return {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': /^\/api\/docs(\/|\?|$)/.test(path) ? DOCUMENTATION : NOT_A_PAGE,
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
}
