import { describeFailure, describeReferrals, isAbsence } from './directory-failure';

const options = { url: 'ldaps://dc1', tls: undefined, connectTimeoutMs: 20, operationTimeoutMs: 50 };

function failure(message: string, code?: string | number): string {
  return describeFailure(Object.assign(new Error(message), { code }), 'bind', options);
}

describe('describeFailure', () => {
  it.each([
    ['result 51 (busy), try later', failure('try later', 51)],
    ['result 99 (see RFC 4511)', failure('strange', 99)],
    ['strongerAuthRequired: it wants TLS, use ldaps:// in LDAP_URL or LDAP_START_TLS=true', failure('', 8)],
    [
      'confidentialityRequired: it wants TLS, use ldaps:// in LDAP_URL or LDAP_START_TLS=true',
      failure('', 13),
    ],
    ['global catalog, port 3268 (ldaps: 3269)', failure('', 10)],
    ['nothing listens there (ECONNREFUSED)', failure('connect', 'ECONNREFUSED')],
    ['a certificate of its chain has expired (CERT_HAS_EXPIRED)', failure('', 'CERT_HAS_EXPIRED')],
    [
      'its certificate is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
      failure('', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
    ],
    [
      'its certificate is for another name (ERR_TLS_CERT_ALTNAME_INVALID): asked for ldaps://dc1, it holds Host: dc1',
      failure('Host: dc1', 'ERR_TLS_CERT_ALTNAME_INVALID'),
    ],
    [
      'it does not speak TLS there (ERR_SSL_WRONG_VERSION_NUMBER)',
      failure('', 'ERR_SSL_WRONG_VERSION_NUMBER'),
    ],
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

describe('describeReferrals', () => {
  it('says nothing without referrals', () => {
    expect(describeReferrals([])).toBeUndefined();
  });

  it('names each base once, and what avoids them', () => {
    const configuration = 'ldaps://ad.example.org/CN=Configuration,DC=ad,DC=example,DC=org';
    const text = describeReferrals([configuration, configuration, 'ldap://x/DC=caf%C3%A9??sub', 'nonsense']);
    expect(text).toContain(': CN=Configuration,DC=ad,DC=example,DC=org; DC=café; nonsense.');
    expect(text).toContain('LDAP_BASE_DN');
    expect(text).toContain('port 3268, ldaps: 3269');
  });

  it('bounds what the server says', () => {
    expect(describeReferrals(['x'.repeat(10_000)])?.length).toBeLessThan(1000);
  });
});

describe('isAbsence', () => {
  const samba = '00002020: acl_read: Error retrieving instanceType for base.';
  const unbound = '000004DC: LdapErr: DSID-0C090A5C, comment: a successful bind must be completed';
  it.each([
    [32, '', true],
    [34, '', true],
    [17, '', true],
    [21, '', true],
    [1, samba, true],
    [1, unbound, false],
    [51, samba, false],
    [50, '', false],
    ['ECONNRESET', samba, false],
  ])('says of result %s with the text %j %s', (code, message, expected) => {
    expect(isAbsence(Object.assign(new Error(message), { code }))).toBe(expected);
  });
});
