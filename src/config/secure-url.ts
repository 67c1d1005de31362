/** Whether what comes from a URL can be trusted as far as the way goes: TLS, or no way at all. */
export function isHttpsOrLoopback(text: string): boolean {
  return /^https:\/\/|^http:\/\/(localhost|127\.[0-9.]+|\[::1\])(:\d+)?(\/|$)/.test(text);
}
