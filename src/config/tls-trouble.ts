/** What a failed TLS handshake says, for people: by the code that Node gives it, never by its text. */

/** What the sentence calls the server and the settings with which it is mended. */
export interface TlsPeer {
  /** As the subject of a sentence: `the broker`. */
  readonly name: string;
  /** Where its certificate authority is named. */
  readonly ca: string;
  /** Where its host is named. */
  readonly host: string;
  /** Where the client certificate is named; null where none can be. */
  readonly cert: string | null;
  /** What turns TLS off. */
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

/** Alerts with which a server answers a certificate that is missing, unknown, expired or revoked. */
const CLIENT_REFUSED = /^ERR_SSL_.*ALERT_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/;

/** @returns null for what is no trouble of TLS. */
export function tlsTrouble(code: string, peer: TlsPeer): string | null {
  if (UNKNOWN_AUTHORITY.has(code)) {
    return `the certificate of ${peer.name} was not issued by an authority that is trusted: name its authority in ${peer.ca}`;
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return `the certificate of ${peer.name} or of its authority has expired or is not valid yet: renew it, and name the present authority in ${peer.ca}`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of ${peer.name} is for another host: use a name that stands in it in ${peer.host}`;
  }
  if (CLIENT_REFUSED.test(code)) {
    return peer.cert === null
      ? `${peer.name} asks for a client certificate, and there is none for it: let it do without`
      : `${peer.name} asks for a client certificate that it trusts: set ${peer.cert}`;
  }
  if (NO_TLS_THERE.has(code)) {
    return `${peer.name} does not speak TLS there: correct ${peer.host}, or set ${peer.off}`;
  }
  return null;
}
