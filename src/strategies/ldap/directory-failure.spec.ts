import { describeFailure } from './directory-failure';

const options = { url: 'ldaps://dc1', tls: undefined, connectTimeoutMs: 20, operationTimeoutMs: 50 };

function failure(message: string, code?: string | number): string {
  return describeFailure(Object.assign(new Error(message), { code }), 'bind', options);
}

describe('describeFailure', () => {
  it.each([
    ['result 51 (busy), try later', failure('try later', 51)],
    ['result 99 (see RFC 4511)', failure('strange', 99)],
    ['strongerAuthRequired: it wants TLS', failure('', 8)],
    ['nothing listens there (ECONNREFUSED)', failure('connect', 'ECONNREFUSED')],
    ['its certificate is not trusted (CERT_HAS_EXPIRED)', failure('', 'CERT_HAS_EXPIRED')],
    [
      'its certificate is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
      failure('', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    ],
    [
      'its certificate is for another name (ERR_TLS_CERT_ALTNAME_INVALID): Host: dc1',
      failure('Host: dc1', 'ERR_TLS_CERT_ALTNAME_INVALID'),
    ],
    ['the TLS handshake failed (ERR_SSL_WRONG_VERSION_NUMBER)', failure('', 'ERR_SSL_WRONG_VERSION_NUMBER')],
    ['what it said (EWHATEVER)', failure('what it said', 'EWHATEVER')],
    ['no connection within 20 ms (LDAP_CONNECT_TIMEOUT_MS)', failure('Connection timeout')],
    ['no answer within 50 ms (LDAP_OPERATION_TIMEOUT_MS)', failure('BindRequest: Operation timed out')],
    ['Connection closed before', failure('Connection closed before message response was received.')],
  ])('says "%s"', (words, text) => {
    expect(text).toContain(`bind at ldaps://dc1 failed: `);
    expect(text).toContain(words);
  });

  it('bounds what the server says', () => {
    expect(failure('x'.repeat(10_000), 80).length).toBeLessThan(400);
  });
});
