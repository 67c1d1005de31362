/** Says in one sentence why a TLS handshake failed and what to do. Goes by the error's code, never by its text. */

/** The names that the sentence uses: of the server, and of the settings to correct. */
export interface TlsPeer {
  /** As the subject of a sentence: `the broker`. */
  readonly name: string;
  /** The setting that names its certificate authority. */
  readonly ca: string;
  /** The setting that names its host. */
  readonly host: string;
  /** The setting that names the client certificate; null if there is no such setting. */
  readonly cert: string | null;
  /** The setting and value that turn TLS off. */
  readonly off: string;
}

const UNKNOWN_AUTHORITY = new Set([
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const NO_TLS_THERE = new Set([
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_UNEXPECTED_MESSAGE',
  'ERR_SSL_WRONG_VERSION_NUMBER',
]);

/** The server's alerts when the client's certificate is missing, unknown, expired or revoked. */
const CLIENT_REFUSED = /^ERR_SSL_.*ALERT_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/;

/** @returns null if the code is not one of TLS. */
export function tlsTrouble(code: string, peer: TlsPeer): string | null {
  if (UNKNOWN_AUTHORITY.has(code)) {
    return `the certificate of ${peer.name} was not issued by a trusted authority: name its authority in ${peer.ca}`;
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return `the certificate of ${peer.name} or of its authority has expired or is not valid yet: renew it, and name the current authority in ${peer.ca}`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of ${peer.name} is for another host: use a host name from the certificate in ${peer.host}`;
  }
  if (CLIENT_REFUSED.test(code)) {
    return peer.cert === null
      ? `${peer.name} asks for a client certificate, but none can be set for it: configure it not to ask`
      : `${peer.name} asks for a client certificate that it trusts: set ${peer.cert}`;
  }
  if (NO_TLS_THERE.has(code)) {
    return `${peer.name} does not speak TLS there: correct ${peer.host}, or set ${peer.off}`;
  }
  return null;
}
