import { callFailure } from './call-failure';
import { tlsFault } from './tls-failure';

const coded = (code: string, message = code) => Object.assign(new Error(message), { code });
const scene = { host: 'auth.example.org', chain: [], hasAuthorities: true };

describe('the words for a TLS handshake that failed', () => {
  it.each<[string, RegExp, string | undefined]>([
    ['UNABLE_TO_GET_ISSUER_CERT', /, its authority is unknown: .*does not hold/, 'EXTERNAL_AUTH_TLS_CA_FILE'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /, it is self-signed: .*does not hold/, 'EXTERNAL_AUTH_TLS_CA_FILE'],
    ['CERT_REVOKED', /^its certificate is not trusted \(CERT_REVOKED\): /, 'EXTERNAL_AUTH_TLS_CA_FILE'],
    ['CERT_HAS_EXPIRED', /chain is outside its time .*look into/, 'EXTERNAL_AUTH_TLS_CA_FILE'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /demands a client cert/, 'EXTERNAL_AUTH_TLS_CERT_FILE'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', /no cipher, or it demands/, 'EXTERNAL_AUTH_TLS_CERT_FILE'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /does not speak TLS on that port/, 'EXTERNAL_AUTH_URL'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /TLS 1\.2 or newer/, undefined],
    ['ECONNRESET', /broke off the TLS handshake/, 'EXTERNAL_AUTH_URL'],
    ['ERR_SSL_DECODE_ERROR', /^the TLS handshake failed \(ERR_SSL_DECODE_ERROR\)$/, undefined],
  ])('for %s name the cause and the setting', (code, words, setting) => {
    const fault = tlsFault(coded(code), scene);
    expect(fault.words).toMatch(words);
    expect(fault.words.split(code)).toHaveLength(2);
    expect(fault.setting).toBe(setting);
  });

  it('are the same for an alert that comes after the handshake', () => {
    const late = coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
    const { words, setting } = tlsFault(late, scene);
    const failure = callFailure(late, 'https://auth.example.org');
    expect(failure.message).toBe(`https://auth.example.org: ${words}`);
    expect(failure.setting).toBe(setting);
  });
});
