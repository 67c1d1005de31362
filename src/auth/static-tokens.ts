/**
 * The tokens of the settings and of the tokens file. Hashes are compared, each in constant time and always all of them,
 * so neither length, prefix nor place of a token can be measured. A token too weak to be written out in the settings is
 * nobody's, even where the tokens file has its hash.
 */
import { timingSafeEqual } from 'node:crypto';
import { token as strongToken, tokenHash, type ApiToken } from './api-tokens.ts';
import type { Actor } from '../model/actor.ts';
import type { AuthSettings } from './auth.settings.ts';

export class StaticTokens {
  readonly #tokens: readonly ApiToken[];

  constructor(settings: Pick<AuthSettings, 'ADMIN_TOKEN' | 'VIEWER_TOKEN' | 'API_TOKENS_FILE'>) {
    const { ADMIN_TOKEN, VIEWER_TOKEN, API_TOKENS_FILE = [] } = settings;
    this.#tokens = [...named('admin', ADMIN_TOKEN), ...named('viewer', VIEWER_TOKEN), ...API_TOKENS_FILE];
  }

  actorOf(token: string): Actor | null {
    if (!strongToken.safeParse(token).success) return null;
    const hash = tokenHash(token);
    const [match] = this.#tokens.filter((known) => timingSafeEqual(known.hash, hash));
    return match ? { kind: 'token', name: match.name, role: match.role } : null;
  }
}

/** The token of a setting has the name of its role. */
function named(role: 'admin' | 'viewer', token: string | undefined): ApiToken[] {
  return token === undefined ? [] : [{ name: role, role, hash: tokenHash(token) }];
}
