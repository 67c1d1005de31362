/**
 * `GET /.well-known/jwks.json`: the public half of the service's Ed25519 key, for receivers that check `v1a` signatures.
 * Nothing in it is secret, so it needs no token.
 */
import { hash } from 'node:crypto';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from '../auth/public.ts';
import { privateJwk, publicKeyText, type PublicJwk } from '../model/signing-keys.ts';
import { ServiceKey } from './service-key.ts';
import type { KeySet } from './webhook.dto.ts';
import { Describe } from './webhook.openapi.ts';

@ApiTags('signatures')
@Controller('.well-known')
export class JwksController {
  constructor(private readonly serviceKey: ServiceKey) {}

  @Public()
  @Get('jwks.json')
  @Header('Cache-Control', 'public, max-age=300')
  @Describe.keys()
  async keys(): Promise<KeySet> {
    const { kty, crv, x } = privateJwk(await this.serviceKey.load());
    const kid = thumbprint({ kty, crv, x });
    return { keys: [{ kty, crv, x, kid, use: 'sig', alg: 'EdDSA', whpk: publicKeyText({ kty, crv, x }) }] };
  }
}

/** RFC 7638. */
function thumbprint({ kty, crv, x }: PublicJwk): string {
  return hash('sha256', JSON.stringify({ crv, kty, x }), 'base64url');
}
