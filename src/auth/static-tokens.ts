/**
 * The tokens of the settings and of the tokens file. It compares hashes, always all of them, each in constant time. So
 * nobody can measure the length, the beginning or the place of a token.
 *
 * A token that would be too weak for the settings is refused, even if the tokens file has its hash.
 */
import { timingSafeEqual } from 'node:crypto';
import { token as strongToken, tokenHash, type ApiToken } from './api-tokens.ts';
import type { Actor, Role } from '../model/actor.ts';
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
function named(role: Role, token: string | undefined): ApiToken[] {
  return token === undefined ? [] : [{ name: role, role, hash: tokenHash(token) }];
}
