/**
 * SASL OAUTHBEARER (RFC 7628) for kafkajs. Its own mechanism takes a refused token for an accepted one: the broker says
 * so in an answer that is no error, and closes the connection at the next request, which looks like a broker that is down.
 */
import type { Mechanism } from 'kafkajs';
import { TokenError, type OauthTokens } from './oauth-token.ts';

const LENGTH_BYTES = 4;
export const TOKEN_REFUSED =
  'the broker does not accept SASL oauthbearer with the token that KAFKA_SASL_OAUTH_TOKEN_URL gave: correct KAFKA_SASL_OAUTH_CLIENT_ID and KAFKA_SASL_OAUTH_SCOPE, or what the broker expects';

export function oauthMechanism(tokens: OauthTokens): Mechanism {
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }) => ({
      authenticate: async () => {
        const token = await tokens.current();
        const message = withLength(Buffer.from(`n,,\u0001auth=Bearer ${token}\u0001\u0001`));
        const complaint = await saslAuthenticate({
          request: { encode: () => message },
          response: { decode: (bytes) => bytes, parse: readComplaint },
        });
        if (typeof complaint !== 'string' || complaint === '') return;
        // The next one may be better, for example signed with a key that the broker knows.
        tokens.forget(token);
        throw new TokenError(TOKEN_REFUSED, complaint);
      },
    }),
  };
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Empty where the token was accepted; else JSON with a `status`. */
function readComplaint(bytes: Buffer): string {
  return bytes.subarray(LENGTH_BYTES).toString().slice(0, 200);
}
