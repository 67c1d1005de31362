/**
 * A real OpenID provider with a page on which a person signs in, by the certified `oidc-provider`: it insists on PKCE, and
 * checks client, redirect and code by itself. Its host is `localhost`, which for a browser is another site than 127.0.0.1.
 * Whoever signs in is one of `PEOPLE`, or refuses.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider, type Configuration } from 'oidc-provider';

export const CLIENT_ID = 'admin-page';
export const CLIENT_SECRET = 'hush hush/page+secret-0123456789';
const PEOPLE: Readonly<Record<string, string[]>> = { ada: ['ops'], vic: ['staff'], nora: ['guests'] };
const SIGN_IN = /^\/people\/[\w-]+/;

export interface ProviderOptions {
  /** Where the service leads back to. */
  readonly redirectUri: string;
  /** Seconds; of the ID tokens. */
  readonly lifetime?: () => number;
  readonly secret?: string;
  readonly authentication?: 'client_secret_basic' | 'client_secret_post';
  /** Makes access tokens JWTs for this audience, which alone say who is in which group. */
  readonly audience?: string;
  readonly algorithm?: string;
}

export class OpenIdProvider {
  /** Paths in the order they were asked for. */
  readonly requests: string[] = [];
  /** Whether the token endpoint fails. */
  broken = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(options: ProviderOptions): Promise<OpenIdProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://localhost:${(server.address() as AddressInfo).port}`;
    const issuer = new OpenIdProvider(server, url);
    const provider = quietly(await configuration(options), url);
    const answer = provider.callback();
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      issuer.requests.push(request.url ?? '');
      if (issuer.broken && request.url === '/token') response.destroy();
      else if (SIGN_IN.test(request.url ?? '')) void letIn(provider, request, response);
      else void answer(request, response);
    });
    return issuer;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** It warns that it forgets everything at its end, which is what a test wants. */
function quietly(settings: Configuration, url: string): Provider {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    return new Provider(url, settings);
  } finally {
    console.warn = warn;
  }
}

async function configuration(options: ProviderOptions): Promise<Configuration> {
  const { redirectUri, lifetime = () => 300, secret, audience, algorithm = 'RS256' } = options;
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const groupsOf = (id: string | undefined): string[] => PEOPLE[id ?? ''] ?? [];
  return {
    clients: [
      {
        client_id: CLIENT_ID,
        redirect_uris: [redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        id_token_signed_response_alg: algorithm as 'RS256',
        ...(secret === undefined
          ? { token_endpoint_auth_method: 'none' }
          : {
              client_secret: secret,
              token_endpoint_auth_method: options.authentication ?? 'client_secret_basic',
            }),
      },
    ],
    clientAuthMethods: secret === undefined ? ['none'] : [options.authentication ?? 'client_secret_basic'],
    claims: { openid: audience === undefined ? ['sub', 'groups'] : ['sub'] },
    conformIdTokenClaims: false,
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => Promise.resolve({ sub: id, groups: groupsOf(id) }),
    }),
    extraTokenClaims: (_context, token) =>
      'accountId' in token ? { groups: groupsOf(token.accountId) } : undefined,
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'page', alg: algorithm, use: 'sig' }] },
    enabledJWA: { idTokenSigningAlgValues: [algorithm as 'RS256'] },
    cookies: { keys: ['a key of the test provider'] },
    pkce: { required: () => true },
    interactions: { url: (_context, { uid }) => `/people/${uid}` },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: audience !== undefined,
        defaultResource: () => audience ?? [],
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'openid',
          audience: audience ?? '',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: algorithm as 'RS256' } },
        }),
      },
    },
    ttl: { IdToken: lifetime, AccessToken: lifetime, Interaction: 300, Grant: 300, Session: 300 },
    // Nobody is asked for consent.
    loadExistingGrant: async (context) => {
      const { provider, client, session } = context.oidc;
      const grant = new provider.Grant({
        clientId: client?.clientId ?? '',
        accountId: session?.accountId ?? '',
      });
      grant.addOIDCScope('openid');
      if (audience !== undefined) grant.addResourceScope(audience, 'openid');
      await grant.save();
      return grant;
    },
  };
}

async function letIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const as = new URL(request.url ?? '', 'http://localhost').searchParams.get('as');
  if (as === null) {
    const links = [...Object.keys(PEOPLE), 'refuse'].map(
      (name) => `<p><a href="?as=${name}">${name}</a></p>`,
    );
    response
      .setHeader('content-type', 'text/html')
      .end(`<!doctype html><title>Who is it?</title>${links.join('')}`);
    return;
  }
  const result =
    as === 'refuse'
      ? { error: 'access_denied', error_description: 'the person did not want to' }
      : { login: { accountId: as } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}
