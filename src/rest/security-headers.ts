/**
 * The headers of every answer that tell a browser to make nothing of it that it is not: no sniffing, no framing, no
 * caching, no scripts. Only the documentation's page runs the scripts that the service itself serves. There are no CORS
 * headers: no page of another origin may read anything. HSTS is the matter of whoever speaks TLS.
 */
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'";
/** Swagger UI sets styles inline and has its images in the style sheet. */
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
    'Content-Security-Policy': /^\/api\/docs(\/|\?|$)/.test(path) ? DOCUMENTATION : NO_PAGE,
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
}
