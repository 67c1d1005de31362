/**
 * `GET /.well-known/jwks.json`: the public half of the service's Ed25519 key, for receivers that check `v1a` signatures.
 * It needs no token, because nothing in it is secret. The answer is reused for a while, so strangers cannot overload the
 * database.
 */
import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '../auth/route-access.ts';
import { calculateJwkThumbprint } from 'jose';
import { shared } from '../rest/shared-answer.ts';
import { privateJwk, publicKeyText } from '../model/signing-keys.ts';
import { ServiceKey } from '../secrets/service-key.ts';
import type { KeySet } from './public-lists.dto.ts';
import { Describe } from './webhook.openapi.ts';

/** Much shorter than the `max-age` that receivers are given. */
const KEPT_MS = 5_000;

@ApiTags('signatures')
@Controller('.well-known')
export class JwksController {
  readonly #keys: () => Promise<KeySet>;

  constructor(serviceKey: ServiceKey) {
    this.#keys = shared(async () => toKeySet(await serviceKey.load()), KEPT_MS);
  }

  @Public()
  @Get('jwks.json')
  @Header('Cache-Control', 'public, max-age=300')
  @Describe.keys()
  async keys(): Promise<KeySet> {
    return this.#keys();
  }
}

async function toKeySet(privateKey: string): Promise<KeySet> {
  const { kty, crv, x } = privateJwk(privateKey);
  const kid = await calculateJwkThumbprint({ kty, crv, x });
  return { keys: [{ kty, crv, x, kid, use: 'sig', alg: 'EdDSA', whpk: publicKeyText({ kty, crv, x }) }] };
}
