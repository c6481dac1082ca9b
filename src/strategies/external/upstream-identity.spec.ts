import { parsePointer } from '../../common/json-pointer';
import { identityOf, type IdentityPointers, type IdentityResult } from './upstream-identity';

const jwt = (claims: unknown): string =>
  [JSON.stringify({ alg: 'RS256' }), JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

const pointer = (text: string) => parsePointer(text) ?? [];

function read(body: Record<string, unknown>, pointers: IdentityPointers = {}): IdentityResult {
  return identityOf({ strategy: 'legacy', typedName: ' Ana ', body, pointers });
}

function identity(body: Record<string, unknown>, pointers: IdentityPointers = {}) {
  const result = read(body, pointers);
  if (!result.found) throw new Error(result.fault);
  return result.identity;
}

const withClaims = (claims: unknown) => ({ data: { access_token: jwt(claims) } });
const nameIdentifier = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier';

describe('the subject', () => {
  it.each([
    ['sub', withClaims({ sub: 'a1', nameid: 'b2' }), 'legacy:a1'],
    ['nameid', withClaims({ nameid: 'b2' }), 'legacy:b2'],
    ['the .NET claim', withClaims({ [nameIdentifier]: 'c3' }), 'legacy:c3'],
    ['a number', withClaims({ sub: 42 }), 'legacy:42'],
    ['zero', withClaims({ sub: 0 }), 'legacy:0'],
    ['/data/token', { data: { token: jwt({ sub: 'd' }) } }, 'legacy:d'],
    ['/access_token', { access_token: jwt({ sub: 'e' }) }, 'legacy:e'],
    ['/token', { token: jwt({ sub: 'f' }) }, 'legacy:f'],
    ['the login name when the token is opaque', { data: { access_token: 'opaque' } }, 'legacy:ana'],
    ['the login name when the ids are blank', withClaims({ sub: ' ', nameid: null }), 'legacy:ana'],
    ['the login name when the id is an object', withClaims({ sub: { id: 1 } }), 'legacy:ana'],
  ])('is %s', (_case, body, expected) => {
    expect(identity(body).subject).toBe(expected);
  });

  it.each([
    ['a.b', 'two parts'],
    ['a.b.c.d', 'four parts'],
    [`${Buffer.from('{}').toString('base64url')}..x`, 'no payload'],
    [`x.${Buffer.from('[1]').toString('base64url')}.x`, 'a list'],
    ['x.e30=.x', 'padding'],
  ])('ignores a token that is none: %p (%s)', (token) => {
    expect(identity({ token }).subject).toBe('legacy:ana');
  });

  it('comes from the pointer alone when there is one', () => {
    const body = { ...withClaims({ sub: 'a1' }), id: 7 };
    expect(identity(body, { subject: pointer('/id') }).subject).toBe('legacy:7');
    expect(identity(body, { subject: pointer('/claims/sub') }).subject).toBe('legacy:a1');
    expect(read(body, { subject: pointer('/nothing') })).toMatchObject({ found: false });
    expect(read(body, { subject: pointer('/data') })).toMatchObject({ found: false });
  });

  it('is never a guess: too long, or a number that JSON has rounded', () => {
    expect(identity(withClaims({ sub: 'x'.repeat(256) })).subject).toHaveLength(7 + 256);
    expect(read(withClaims({ sub: 'x'.repeat(257) }))).toMatchObject({ found: false });
    expect(read(withClaims({ sub: 2 ** 53 }))).toMatchObject({ found: false });
    expect(read({ id: 1.5 }, { subject: pointer('/id') })).toMatchObject({ found: false });
  });
});

describe('the rest of the person', () => {
  it('comes from the claims', () => {
    const claims = {
      sub: '1',
      unique_name: 'ANA',
      name: 'Ana Ruiz',
      email: 'ana@example.org',
      role: 'clerk',
    };
    expect(identity(withClaims(claims))).toEqual({
      subject: 'legacy:1',
      username: 'ana',
      displayName: 'Ana Ruiz',
      email: 'ana@example.org',
      groups: [],
      roles: ['clerk'],
      attributes: {},
      strategy: 'legacy',
    });
  });

  it('comes from the data where there are no claims', () => {
    const body = { data: { access_token: 'opaque', nombre: 'Ana Ruiz', correo: 'ana@example.org' } };
    expect(identity(body)).toMatchObject({
      username: 'ana',
      displayName: 'Ana Ruiz',
      email: 'ana@example.org',
      roles: [],
    });
  });

  it('comes from the pointers first', () => {
    const body = { u: 'RUIZ', d: 'R.', e: 'r@example.org', r: ['x', 3, null, 'x', {}, ''] };
    const pointers = {
      username: pointer('/u'),
      displayName: pointer('/d'),
      email: pointer('/e'),
      roles: pointer('/r'),
    };
    expect(identity({ ...body, ...withClaims({ name: 'other' }) }, pointers)).toMatchObject({
      username: 'ruiz',
      displayName: 'R.',
      email: 'r@example.org',
      roles: ['x', '3'],
    });
  });

  it('leaves out what is too long or of another type', () => {
    const result = identity(withClaims({ name: 'x'.repeat(257), email: ['a'], roles: { admin: true } }));
    expect(result).toMatchObject({ roles: [] });
    expect(result.displayName).toBeUndefined();
    expect(result.email).toBeUndefined();
  });
});

describe('an answer that proves nothing', () => {
  const nothing: readonly Readonly<Record<string, unknown>>[] = [
    {},
    { status: 'ok' },
    { error: 'bad password' },
    { success: true },
    { success: true, errors: ['clave'], data: null },
    { success: true, data: { access_token: '' } },
  ];
  it.each(nothing.map((body) => [JSON.stringify(body), body] as const))(
    'lets nobody in: %s',
    (_text, body) => {
      const result = identityOf({ strategy: 'external', typedName: 'admin', body, pointers: {} });
      expect(result.found).toBe(false);
    },
  );

  it('is enough where it names the person at the place that the operator has set', () => {
    const pointers = { subject: ['data', 'id'] };
    const result = identityOf({ strategy: 'external', typedName: 'a', body: { data: { id: 7 } }, pointers });
    expect(result).toMatchObject({ found: true, identity: { subject: 'external:7' } });
  });
});
