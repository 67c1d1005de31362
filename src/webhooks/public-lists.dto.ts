/** The answers that are the same for everybody, as zod schemas: the public keys, and the triggers. */
import { z } from 'zod';
import { TRIGGERS } from '../model/trigger.ts';

/** The set of public keys (RFC 7517, RFC 8037). */
export const keySet = z.strictObject({
  keys: z.array(
    z.strictObject({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: z.string(),
      kid: z.string().meta({ description: 'RFC 7638 thumbprint' }),
      use: z.literal('sig'),
      alg: z.literal('EdDSA'),
      whpk: z.string().meta({ description: 'The same key as Standard Webhooks writes it: `whpk_…`' }),
    }),
  ),
});
export type KeySet = z.output<typeof keySet>;

/** The triggers, with a sample of the body of each. */
export const triggerList = z.strictObject({
  data: z.array(
    z.strictObject({
      name: z.enum(TRIGGERS),
      description: z.string(),
      sample: z.record(z.string(), z.unknown()).meta({ description: 'A body as a receiver gets it' }),
    }),
  ),
});
export type TriggerList = z.output<typeof triggerList>;
