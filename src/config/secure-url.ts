/** Whether nobody on the network can read or change what comes from this URL: it uses TLS, or stays on this machine. */
export function isHttpsOrLoopback(text: string): boolean {
  return /^https:\/\/|^http:\/\/(localhost|127\.[0-9.]+|\[::1\])(:\d+)?(\/|$)/.test(text);
}
