import { describe, expect, it } from 'vitest';
import { tlsTrouble } from './tls-trouble.ts';

describe('trouble of TLS', () => {
  const peer = { name: 'the peer', ca: 'CA', host: 'HOST', cert: 'CERT', off: 'OFF' };

  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', 'name its authority in CA'],
    ['CERT_HAS_EXPIRED', 'has expired or is not valid yet: renew it'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another host: use a host name from the certificate in HOST'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'asks for a client certificate that it trusts: set CERT'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak TLS there: correct HOST, or set OFF'],
  ])('%s says what to do', (code, sentence) => {
    expect(tlsTrouble(code, peer)).toContain(sentence);
  });

  it('is not what the network does', () => {
    expect(tlsTrouble('ECONNREFUSED', peer)).toBeNull();
  });
});
