/**
 * The routes by which people sign in to the admin page at the issuer: whether it is possible, the way to the issuer, and
 * the way back. None of them needs a token, because the person has no session yet. Without an issuer they answer 404.
 *
 * The two ways are for browsers only, so they are not in the OpenAPI document.
 */
import { applyDecorators, Controller, Get, Headers, Inject, Query, Redirect, Req, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { answers, json } from '../rest/guarded-route.openapi.ts';
import { Problem } from '../rest/problem.ts';
import { PageSessions, type CookieHeaders } from './page-sessions.ts';
import { Public } from './route-access.ts';
import { SignIn, type Redirection } from './sign-in.ts';
import type { SignInView } from './sign-in.dto.ts';

interface Reply {
  header(name: string, value: string | string[]): unknown;
}
const SEE_OTHER = 303;

@ApiTags('session')
@Controller('sign-in')
export class SignInController {
  constructor(
    /** Null: people cannot sign in at an issuer. */
    @Inject(SignIn) private readonly signIn: SignIn | null,
    @Inject(PageSessions) private readonly sessions: PageSessions | null,
  ) {}

  @Get()
  @Public()
  @ApiOperation({
    operationId: 'readSignIn',
    summary: 'How people can sign in to the admin page, and whether this browser has a session',
  })
  @ApiResponse({ status: 200, description: 'The ways', content: json('SignIn') })
  @applyDecorators(...answers('malformed_request', 'internal_error', 'service_unavailable'))
  async read(@Headers() headers: CookieHeaders): Promise<SignInView> {
    const session = await this.sessions?.of(headers);
    const { signIn } = this;
    return {
      oidc: signIn && { host: signIn.issuerHost, start_url: signIn.startUrl },
      signed_in: (session ?? null) !== null,
    };
  }

  @Get('oidc')
  @Public()
  @Redirect(undefined, SEE_OTHER)
  @ApiExcludeEndpoint()
  async begin(
    @Query('return_to') returnTo: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<{ url: string }> {
    return send(await this.#known().begin(typeof returnTo === 'string' ? returnTo : '/'), reply);
  }

  @Get('oidc/callback')
  @Public()
  @Redirect(undefined, SEE_OTHER)
  @ApiExcludeEndpoint()
  async finish(
    @Req() { url }: { readonly url: string },
    @Headers('cookie') cookie: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<{ url: string }> {
    return send(await this.#known().finish(new URL(url, 'http://localhost').searchParams, cookie), reply);
  }

  #known(): SignIn {
    if (this.signIn === null)
      throw new Problem('not_found', 'Nobody can sign in here at an issuer: OIDC_CLIENT_ID is not set');
    return this.signIn;
  }
}

function send({ location, cookies }: Redirection, reply: Reply): { url: string } {
  if (cookies.length > 0) reply.header('Set-Cookie', [...cookies]);
  return { url: location };
}
