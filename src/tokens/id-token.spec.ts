import { createHash } from 'node:crypto';
import type { SigningAlgorithm } from '../config/check-keys';
import { idTokenClaims } from './id-token';
import { scopedClaims } from './scoped-claims';

const identity = {
  ...{ subject: 'ldap:1', username: 'alice', displayName: 'Alice Ångström', email: 'alice@example.org' },
  ...{ groups: ['staff'], roles: ['admin'], attributes: {}, strategy: 'ldap' },
};
const request = {
  identity,
  ...{ sessionId: 's1', authenticatedAtSeconds: 100, issuedAtSeconds: 200, expiresAtSeconds: 300 },
  ...{ accessToken: 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y', issuer: 'https://login.example.org' },
};

function claimsOf(algorithm: SigningAlgorithm, ...scope: string[]) {
  return idTokenClaims({ ...request, algorithm, grant: { clientId: 'app', scope } });
}

describe('an ID token', () => {
  it('says for whom it is, and as much of the person as the scope asks for', () => {
    expect(claimsOf('ES256', 'openid', 'email')).toEqual({
      ...{ iss: 'https://login.example.org', sub: 'ldap:1', aud: 'app', sid: 's1' },
      ...{ iat: 200, exp: 300, auth_time: 100, email: 'alice@example.org' },
      // The example of OpenID Connect Core 1.0, appendix A.3.
      at_hash: '77QmUPtjPfzWtF2AnpK9RQ',
    });
  });

  it.each<[SigningAlgorithm, string]>([
    ['ES256', 'sha256'],
    ['RS256', 'sha256'],
    ['PS256', 'sha256'],
    ['ES384', 'sha384'],
    ['RS512', 'sha512'],
  ])('has with %s an at_hash by %s', (algorithm, hash) => {
    const whole = createHash(hash).update(request.accessToken).digest();
    const half = whole.subarray(0, whole.length / 2).toString('base64url');
    expect(claimsOf(algorithm, 'openid')['at_hash']).toBe(half);
  });
});

describe('the claims of a scope', () => {
  it.each<[string, readonly string[] | undefined, readonly string[]]>([
    ['none', [], []],
    ['openid', ['openid'], []],
    ['profile', ['profile'], ['preferred_username', 'name']],
    ['email', ['email'], ['email']],
    ['groups', ['groups'], ['groups']],
    ['roles', ['roles'], ['roles']],
    ['everything for the native API', undefined, ['preferred_username', 'name', 'email', 'groups', 'roles']],
  ])('%s', (_case, scope, names) => {
    const written: unknown = JSON.parse(JSON.stringify(scopedClaims(identity, scope)));
    expect(Object.keys(Object(written) as object)).toEqual(names);
  });
});
