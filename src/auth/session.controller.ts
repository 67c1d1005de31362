/**
 * `GET /session` says who the token stands for, and what it may do. The admin page asks for it before it shows anything.
 * `DELETE /session` signs a person out who signed in at the issuer: it removes the cookie. It cannot remove a bearer
 * token; only its owner can forget that.
 */
import { Controller, Delete, Get, HttpCode, Inject, Req, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { VERSION } from '../config/version.ts';
import type { Actor } from '../model/actor.ts';
import { json, operation, problems } from '../rest/guarded-route.openapi.ts';
import { PageSessions, type CookieHeaders } from './page-sessions.ts';
import { ReadsOnly } from './route-access.ts';
import type { SessionView } from './session.dto.ts';

type Request = CookieHeaders & { readonly authorization?: string };

interface Reply {
  header(name: string, value: string): unknown;
}

@ApiTags('session')
@Controller('session')
export class SessionController {
  constructor(
    /** Null: people cannot sign in at an issuer. */
    @Inject(PageSessions) private readonly sessions: PageSessions | null,
  ) {}

  @Get()
  @operation(
    'readSession',
    'Whom the token speaks for, and its role',
    ApiResponse({ status: 200, description: 'The actor', content: json('Session') }),
    ...problems(),
  )
  async read(
    @Req() { actor, headers }: { readonly actor?: Actor; readonly headers: Request },
  ): Promise<SessionView> {
    if (!actor || actor.kind === 'system' || actor.role === null)
      throw new Error('GET /session needs a route that asks for a token');
    // A token comes first, as in `BearerTokens`.
    const session = headers.authorization === undefined ? await this.sessions?.of(headers) : null;
    return {
      actor: actor.name,
      actor_kind: actor.kind,
      role: actor.role,
      expires_at: session?.expiresAt.toISOString() ?? null,
      version: VERSION,
    };
  }

  @Delete()
  @ReadsOnly()
  @HttpCode(204)
  @operation(
    'endSession',
    'Ends the session of a browser that signed in at the issuer',
    ApiResponse({ status: 204, description: 'The cookie is gone' }),
    ...problems(),
  )
  end(@Res({ passthrough: true }) reply: Reply): void {
    if (this.sessions) reply.header('Set-Cookie', this.sessions.end());
  }
}
