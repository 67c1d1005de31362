/**
 * SASL OAUTHBEARER (RFC 7628) for kafkajs. It replaces kafkajs' own mechanism, which does not notice a refused token. The
 * broker refuses it in an answer that is not an error, and closes the connection at the next request. To kafkajs that looks
 * like a broker that is down.
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
        // A new token may be accepted, for example because it is signed with a key that the broker knows.
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

/** @returns an empty text if the token was accepted; else JSON with a `status`. */
function readComplaint(bytes: Buffer): string {
  return bytes.subarray(LENGTH_BYTES).toString().slice(0, 200);
}
