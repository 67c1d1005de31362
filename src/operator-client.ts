/**
 * The HTTP client for what the operator names in the settings, such as the OpenID Connect issuer. It is the deliveries'
 * own, but without their address rule and proxy: those are for the URLs of webhooks, while an issuer may well be in a
 * private network.
 */
import type { AxiosInstance } from 'axios';
import { createHttpClient } from './delivery/http-client.ts';
import { Sender } from './delivery/sender.ts';
import type { Settings } from './settings.ts';

const TIMEOUT_MS = 5_000;
const EVERYWHERE = ['0.0.0.0/0', '::/0'];

export function operatorClient(settings: Settings): AxiosInstance {
  return createHttpClient(
    new Sender({ ...settings, ALLOWED_SUBNETS: EVERYWHERE, DELIVERY_PROXY: undefined }),
    TIMEOUT_MS,
  );
}
