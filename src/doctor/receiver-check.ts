/**
 * Checks whether a receiver can be reached, by the same code as a delivery: address rule, names, proxy, TLS. It sends
 * HEAD without a body, which no receiver takes for a delivery. So any answer is good. Only a test send shows how the
 * receiver answers a delivery.
 */
import type { SubnetsSettings } from '../config/subnets.settings.ts';
import { VERSION } from '../config/version.ts';
import type { DeliverySettings } from '../delivery/delivery.settings.ts';
import type { ExchangeResult } from '../delivery/exchange.ts';
import { Sender } from '../delivery/sender.ts';
import { AddressRule } from '../model/address-rule.ts';
import type { ErrorCode } from '../model/attempt.ts';
import { maskedUrl, normalUrl, urlFault } from '../model/webhook-url.ts';
import { fault, ok, warning, type Finding } from './finding.ts';

const CHECK = 'receiver';

const TO_DO: Readonly<Partial<Record<ErrorCode, string>>> = {
  timeout: 'see that it runs, and that nothing on the way drops packets',
  dns_error: 'correct the host name, or the name servers of this machine',
  connection_refused: 'see that it runs on that port',
  connection_reset: 'see what ends the connection: a firewall, a proxy, or the receiver',
  tls_error: 'correct its certificate; for an authority of your own set ca_certificates of the webhook',
  blocked_address: 'put its network into ALLOWED_SUBNETS if webhooks may reach it',
  invalid_response: 'see what listens there: it does not speak HTTP',
};

export async function receiverFinding(
  url: string,
  settings: DeliverySettings & SubnetsSettings,
): Promise<Finding> {
  const refused = urlFault(url, new AddressRule(settings.ALLOWED_SUBNETS));
  if (refused !== null) return fault(CHECK, `the URL ${refused.message}`);
  const sender = new Sender(settings);
  try {
    return judgeReceiver(
      maskedUrl(url),
      await ask(sender, new URL(normalUrl(url)), settings.REQUEST_TIMEOUT),
    );
  } finally {
    void sender.close();
  }
}

/** @param url as it may be shown. */
export function judgeReceiver(url: string, result: ExchangeResult): Finding {
  if ('failure' in result) {
    const { errorCode, message } = result.failure;
    return fault(CHECK, `${url} cannot be reached (${errorCode}): ${message}`, TO_DO[errorCode] ?? null);
  }
  const { statusCode } = result.answer;
  const found = `${url} is reached, and answers ${statusCode} to HEAD`;
  if (statusCode >= 300 && statusCode < 400)
    return warning(CHECK, found, 'give the webhook the URL that it leads to: redirects are never followed');
  if (statusCode >= 500) return warning(CHECK, found, 'see its log, and make a test send');
  return ok(CHECK, `${found}, which says nothing of deliveries: make a test send`);
}

function ask(sender: Sender, url: URL, timeoutMs: number): Promise<ExchangeResult> {
  const request = {
    origin: url.origin,
    path: url.pathname + url.search,
    method: 'HEAD',
    headers: ['user-agent', `user-webhooks/${VERSION} doctor`],
    body: null,
    timeoutMs,
    caCertificates: null,
  } as const;
  return new Promise((resolve) => {
    sender.send({ ...request, headers: [...request.headers] }, resolve);
  });
}
