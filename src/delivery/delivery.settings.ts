/** The settings of requests: the proxy, and how long a request may take. */
import { z } from 'zod';
import { durationSchema } from '../config/duration.ts';
import type { SettingsDeclaration, SettingsOf } from '../config/settings-declaration.ts';
import type { SubnetsSettings } from '../config/subnets.settings.ts';

const proxy = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL of a proxy', abort: true })
  .refine(
    isBareOrigin,
    'must be http:// or https://, then user name and password (percent-encoded) if the proxy asks for them, host and port, and nothing else',
  );

const shape = {
  DELIVERY_PROXY: proxy.optional().meta({
    description:
      'HTTP proxy that all deliveries go through by CONNECT, as `http://user:password@host:port` or `https://…`; it resolves the names of receivers',
    secret: true,
  }),
  REQUEST_TIMEOUT: durationSchema
    .pipe(z.number().max(300_000, 'must be at most 5m'))
    .default(15_000)
    .describe(
      'One deadline for a request, from connecting to the last byte of the answer; a webhook may override it',
    ),
};

export type DeliverySettings = SettingsOf<typeof shape> & SubnetsSettings;

export const deliverySettings: SettingsDeclaration<typeof shape> = { shape };

/** Whether the URL has no path, query or fragment, and its credentials can be decoded. */
function isBareOrigin(text: string): boolean {
  const url = new URL(text);
  try {
    decodeURIComponent(url.username + url.password);
  } catch {
    return false;
  }
  return url.pathname === '/' && url.search === '' && url.hash === '';
}
