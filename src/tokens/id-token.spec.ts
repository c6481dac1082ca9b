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
  const terms = { ...request, algorithm, maxMembershipBytes: 64 };
  return idTokenClaims({ ...terms, grant: { clientId: 'app', scope } });
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

  it('holds groups and roles of the scope as far as there is room, and names what is left out', () => {
    const many = { ...identity, groups: Array.from({ length: 500 }, (_, n) => `group-${n}`) };
    const terms = { ...request, identity: many, algorithm: 'ES256', maxMembershipBytes: 64 } as const;
    const claims = (...scope: string[]) => idTokenClaims({ ...terms, grant: { clientId: 'app', scope } });
    const whole = claims('openid', 'groups', 'roles');
    expect([whole['roles'], whole['groups'], whole['claims_omitted']]).toEqual([
      ['admin'],
      undefined,
      ['groups'],
    ]);
    expect(claims('openid')).not.toHaveProperty('claims_omitted');
    expect(claimsOf('ES256', 'groups')).toMatchObject({ groups: ['staff'] });
    expect(claimsOf('ES256', 'groups')).not.toHaveProperty('roles');
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
