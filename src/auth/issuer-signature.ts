/**
 * Checks a JWT against the keys of its issuer: by jose, with what OpenID Connect leaves to whoever takes the token. Where
 * the token names no key (`kid`), or several bear the name, each that fits is tried. A key that may be newer than those
 * at hand is a reason to ask for them again, as often as `IssuerKeys` allows.
 */
import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose';
import type { IssuerKeys } from './issuer-keys.ts';

const { JWKSMultipleMatchingKeys, JWKSNoMatchingKey, JWSSignatureVerificationFailed } = errors;

type Keys = Pick<IssuerKeys, 'current' | 'renewed'>;

/**
 * @throws what jose throws; `JWKSNoMatchingKey` also where the token names no key and none that the issuer shows has
 * signed it. IssuerUnavailable when keys are needed and cannot be had.
 */
export async function verifiedPayload(
  token: string,
  keys: Keys,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    return await verify(token, () => keys.current(), options);
  } catch (error) {
    if (!(error instanceof JWKSNoMatchingKey)) throw error;
    const renewed = await keys.renewed();
    if (renewed === null) throw error;
    return verify(token, () => Promise.resolve(renewed), options);
  }
}

async function verify(token: string, keys: Keys['current'], options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(
      token,
      async (header, input) => (await keys())(header, input),
      options,
    );
    return payload;
  } catch (error) {
    if (error instanceof JWKSMultipleMatchingKeys) return tryEach(token, error, options);
    throw error instanceof JWSSignatureVerificationFailed ? signedByNone(token, error) : error;
  }
}

async function tryEach(
  token: string,
  keys: InstanceType<typeof JWKSMultipleMatchingKeys>,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw signedByNone(token, new JWSSignatureVerificationFailed());
}

/** Without a name, a key that is not shown yet cannot be told from a forged signature. */
function signedByNone(token: string, error: Error): Error {
  return decodeProtectedHeader(token).kid === undefined ? new JWKSNoMatchingKey() : error;
}
