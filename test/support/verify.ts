/** Checks requests as a receiver does: with the reference library, or with a public key. */
import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { ReceivedRequest } from './receiver.ts';

/** @throws when the signature is not that of the secret; @returns the body. */
export function verified(request: ReceivedRequest, secret: string): unknown {
  return new Webhook(secret).verify(request.body, request.headers as Record<string, string>);
}

export function signaturesOf({ headers }: ReceivedRequest): string[] {
  return String(headers['webhook-signature']).split(' ');
}

/** Whether the request has a `v1a` signature of this key. */
export function isSignedBy(key: JsonWebKey, request: ReceivedRequest): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp } = request.headers;
  const signed = Buffer.from(`${String(id)}.${String(timestamp)}.${request.body}`);
  const publicKey = createPublicKey({ key, format: 'jwk' });
  return signaturesOf(request)
    .filter((signature) => signature.startsWith('v1a,'))
    .some((signature) => verify(null, signed, publicKey, Buffer.from(signature.slice(4), 'base64')));
}
