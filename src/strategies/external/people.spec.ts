import { createLogger } from '../../common/logger';
import { loadSettings } from '../../config/load-settings';
import type { Identity } from '../identity';
import type { Verification, VerifiesTokens } from './keys/token-verifier';
import { type IdentityResult, People } from './people';
import { UpstreamFailure } from './upstream/upstream-call';

type Variables = Readonly<Record<string, string>>;
type Body = Readonly<Record<string, unknown>>;

const jwt = (claims: unknown): string =>
  [JSON.stringify({ alg: 'RS256' }), JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');

const trusted = { EXTERNAL_AUTH_CLAIMS: 'trusted' };

function people(env: Variables, verify: VerifiesTokens['verify'], lines: string[] = []): People {
  const logger = createLogger('trace', { write: (line) => void lines.push(line) });
  return new People({ strategy: 'legacy', settings: loadSettings(env).settings, tokens: { verify }, logger });
}

const neverAsked = () => Promise.reject(new Error('the keys were asked'));

function read(body: Body, env: Variables = {}): Promise<IdentityResult> {
  return people({ ...trusted, ...env }, neverAsked).of(body, ' Ana ');
}

function personOf(result: IdentityResult): Identity {
  if (!result.found) throw new Error(result.fault);
  return result.identity;
}

function faultOf(result: IdentityResult): string {
  if (result.found) throw new Error(`found ${result.identity.subject}`);
  return result.fault;
}

async function identity(body: Body, env: Variables = {}): Promise<Identity> {
  return personOf(await read(body, env));
}

const withClaims = (claims: unknown) => ({ data: { access_token: jwt(claims) } });
const nameIdentifier = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier';

describe('a success without a token', () => {
  it.each([0, -1, 12, true, null, '', ' ', {}, ['x']])(
    'lets nobody in, nor does %j in its place',
    async (token) => {
      for (const body of [{ token }, { data: { access_token: token } }]) {
        expect(faultOf(await read(body))).toContain('without an access token');
      }
    },
  );
});

describe('a name that is the subject', () => {
  const opaque = { token: 'opaque' };

  it.each(['\uff41\uff4e\uff41', '\ufb01na', '\u24d0na'])(
    'is not taken from %p, which may be another account',
    async (typed) => {
      const result = await people(trusted, neverAsked).of(opaque, typed);
      expect(faultOf(result)).toContain('EXTERNAL_AUTH_SUBJECT');
    },
  );

  it('may be typed in any case and in either form of an accent', async () => {
    for (const typed of ['MARÍA', 'MARÍA'.normalize('NFD')]) {
      expect(personOf(await people(trusted, neverAsked).of(opaque, typed)).subject).toBe('legacy:maría');
    }
  });

  it('does not matter where the answer holds an id', async () => {
    const env = { ...trusted, EXTERNAL_AUTH_SUBJECT: '/id' };
    const result = await people(env, neverAsked).of({ ...opaque, id: 7 }, '\uff41');
    expect(personOf(result)).toMatchObject({ subject: 'legacy:7', username: 'a' });
  });
});

describe('several places for one thing', () => {
  it('are tried in order', async () => {
    const env = { EXTERNAL_AUTH_ROLES: '/claims/role , /roles', EXTERNAL_AUTH_EMAIL: '/mail,/data/a,b' };
    expect(await identity({ ...withClaims({ sub: 1 }), roles: ['x'], mail: 'm' }, env)).toMatchObject({
      roles: ['x'],
      email: 'm',
    });
    const both = { data: { access_token: jwt({ sub: 1, role: 'y' }), 'a,b': 'n' }, roles: ['x'] };
    expect(await identity(both, env)).toMatchObject({ roles: ['y'], email: 'n' });
  });
});

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
  ])('is %s', async (_case, body, expected) => {
    expect((await identity(body)).subject).toBe(expected);
  });

  it.each([
    ['a.b', 'two parts'],
    ['a.b.c.d', 'four parts'],
    [`${Buffer.from('{}').toString('base64url')}..x`, 'no payload'],
    [`x.${Buffer.from('[1]').toString('base64url')}.x`, 'a list'],
    ['x.e30=.x', 'padding'],
  ])('ignores a token that is none: %p (%s)', async (token) => {
    expect((await identity({ token })).subject).toBe('legacy:ana');
  });

  it('comes from the pointer alone when there is one', async () => {
    const body = { ...withClaims({ sub: 'a1' }), id: 7 };
    expect((await identity(body, { EXTERNAL_AUTH_SUBJECT: '/id' })).subject).toBe('legacy:7');
    expect((await identity(body, { EXTERNAL_AUTH_SUBJECT: '/claims/sub' })).subject).toBe('legacy:a1');
    for (const pointer of ['/nothing', '/data', '/claims/nothing']) {
      const result = await read(body, { EXTERNAL_AUTH_SUBJECT: pointer });
      expect(faultOf(result)).toContain('EXTERNAL_AUTH_SUBJECT');
    }
  });

  it('is never a guess: too long, or a number that JSON has rounded', async () => {
    expect((await identity(withClaims({ sub: 'x'.repeat(256) }))).subject).toHaveLength(7 + 256);
    expect(await read(withClaims({ sub: 'x'.repeat(257) }))).toMatchObject({ found: false });
    expect(await read(withClaims({ sub: 2 ** 53 }))).toMatchObject({ found: false });
    expect(await read({ id: 1.5 }, { EXTERNAL_AUTH_SUBJECT: '/id' })).toMatchObject({ found: false });
  });
});

describe('the rest of the person', () => {
  it('comes from the claims', async () => {
    const claims = {
      sub: '1',
      unique_name: 'ANA',
      name: 'Ana Ruiz',
      given_name: 'Ana',
      family_name: 'Ruiz',
      email: 'ana@example.org',
      role: 'clerk',
    };
    expect(await identity(withClaims(claims))).toEqual({
      subject: 'legacy:1',
      username: 'ana',
      displayName: 'Ana Ruiz',
      givenName: 'Ana',
      familyName: 'Ruiz',
      email: 'ana@example.org',
      groups: [],
      roles: ['clerk'],
      attributes: {},
      strategy: 'legacy',
    });
  });

  it('comes from the data where there are no claims', async () => {
    const body = { data: { access_token: 'opaque', nombre: 'Ana Ruiz', correo: 'ana@example.org' } };
    expect(await identity(body)).toMatchObject({
      username: 'ana',
      displayName: 'Ana Ruiz',
      email: 'ana@example.org',
      roles: [],
    });
  });

  it('comes from the pointers first', async () => {
    const body = { u: 'RUIZ', d: 'R.', g: 'A', f: 'R', e: 'r@example.org', r: ['x', 3, null, 'x', {}, ''] };
    const others = withClaims({ name: 'other', given_name: 'other', family_name: 'other' });
    const person = await identity(
      { ...body, ...others },
      {
        EXTERNAL_AUTH_USERNAME: '/u',
        EXTERNAL_AUTH_DISPLAY_NAME: '/d',
        EXTERNAL_AUTH_GIVEN_NAME: '/g',
        EXTERNAL_AUTH_FAMILY_NAME: '/f',
        EXTERNAL_AUTH_EMAIL: '/e',
        EXTERNAL_AUTH_ROLES: '/r',
      },
    );
    expect(person).toMatchObject({
      username: 'ruiz',
      displayName: 'R.',
      givenName: 'A',
      familyName: 'R',
      email: 'r@example.org',
      roles: ['x', '3'],
    });
  });

  it('leaves out what is too long or of another type', async () => {
    const result = await identity(
      withClaims({ name: 'x'.repeat(257), email: ['a'], roles: { admin: true } }),
    );
    expect(result).toMatchObject({ roles: [] });
    expect(result.displayName).toBeUndefined();
    expect(result.email).toBeUndefined();
  });
});

describe('the access token', () => {
  const body = { data: { access_token: jwt({ sub: 'usual' }) }, jwt: { text: jwt({ sub: 'pointed' }) } };

  it('is looked for only where EXTERNAL_AUTH_ACCESS_TOKEN points', async () => {
    const env = { EXTERNAL_AUTH_ACCESS_TOKEN: '/jwt/text' };
    expect((await identity(body, env)).subject).toBe('legacy:pointed');
    expect(await read({ data: body.data }, env)).toMatchObject({ found: false });
  });

  it('has claims that the service cannot replace by a field of that name', async () => {
    const forged = { claims: { sub: 'root', roles: ['admin'] } };
    expect(await identity({ ...body, ...forged })).toMatchObject({ subject: 'legacy:usual', roles: [] });
    const opaque = { token: 'opaque', ...forged };
    expect(await identity(opaque)).toMatchObject({ subject: 'legacy:ana', roles: [] });
    expect(await read(opaque, { EXTERNAL_AUTH_SUBJECT: '/claims/sub' })).toMatchObject({ found: false });
  });
});

describe('claims that must be verified', () => {
  const token = jwt({ sub: 'unverified', roles: ['admin'] });
  const body = { data: { access_token: token, id: 7, correo: 'ana@example.org' } };
  const verifyTo = (verification: Verification) =>
    jest.fn<Promise<Verification>, [string]>(() => Promise.resolve(verification));

  it('count as the keys give them', async () => {
    const claims = { sub: 'a1', roles: ['clerk'] };
    const verify = verifyTo({ kind: 'verified', claims, expiresAtSeconds: 1 });
    const result = await people({}, verify).of(body, 'Ana');
    expect(personOf(result)).toMatchObject({ subject: 'legacy:a1', roles: ['clerk'] });
    expect(verify.mock.calls).toEqual([[token, { fromService: true }]]);
  });

  it.each([
    ['expired', 'clocks'],
    ['no_key_id', 'kid'],
    ['invalid', 'EXTERNAL_AUTH_JWKS_PATH'],
  ] as const)('make an outage of a token that is refused (%s)', async (fault, word) => {
    const verify = verifyTo({ kind: 'refused', fault, detail: 'the reason' });
    const result = await people({}, verify).of(body, 'Ana');
    expect(faultOf(result)).toMatch(new RegExp(`the reason.*${word}`));
    expect(JSON.stringify(result)).not.toContain(token.split('.')[1]);
  });

  it('make an outage of keys that cannot be read', async () => {
    const failure = new UpstreamFailure('no keys');
    await expect(people({}, () => Promise.reject(failure)).of(body, 'Ana')).rejects.toBe(failure);
  });

  it('do not exist in a token that no published key verifies, which is said once', async () => {
    const lines: string[] = [];
    const verify = verifyTo({ kind: 'unverifiable', detail: 'signed by HS256' });
    const some = people({}, verify, lines);
    for (const name of ['Ana', 'Bea']) {
      const { subject, roles, email } = personOf(await some.of(body, name));
      expect({ subject, roles, email }).toEqual({
        subject: `legacy:${name.toLowerCase()}`,
        roles: [],
        email: 'ana@example.org',
      });
    }
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/signed by HS256.*EXTERNAL_AUTH_CLAIMS=trusted/);
  });

  it('are missed where the subject is to come from them, with the reason', async () => {
    const verify = verifyTo({ kind: 'unverifiable', detail: 'signed by HS256' });
    const result = await people({ EXTERNAL_AUTH_SUBJECT: '/claims/sub' }, verify).of(body, 'Ana');
    expect(faultOf(result)).toMatch(/EXTERNAL_AUTH_SUBJECT.*signed by HS256/);
  });

  it('are not asked for in an opaque token, nor where nothing can come from them', async () => {
    const opaque = await people({}, neverAsked).of({ token: 'opaque' }, 'Ana');
    expect(personOf(opaque).subject).toBe('legacy:ana');
    const everywhereElse = Object.fromEntries(
      ['SUBJECT', 'USERNAME', 'DISPLAY_NAME', 'GIVEN_NAME', 'FAMILY_NAME', 'EMAIL', 'ROLES'].map((name) => [
        `EXTERNAL_AUTH_${name}`,
        '/data/id',
      ]),
    );
    const result = await people(everywhereElse, neverAsked).of(body, 'Ana');
    expect(personOf(result).subject).toBe('legacy:7');
    const one = { ...everywhereElse, EXTERNAL_AUTH_ROLES: '/claims/roles' };
    await expect(people(one, neverAsked).of(body, 'Ana')).rejects.toThrow('asked');
  });
});

describe('the person of an access token alone', () => {
  const claims = { sub: 'a1', oid: 'o9', preferred_username: 'RUIZ', email: 'r@example.org', perfil: ['x'] };

  it('is found by the pointers into claims, and in the usual places', () => {
    const env = {
      EXTERNAL_AUTH_SUBJECT: '/claims/oid',
      EXTERNAL_AUTH_ROLES: '/claims/perfil',
      EXTERNAL_AUTH_EMAIL: '/data/mail',
    };
    expect(personOf(people(env, neverAsked).ofClaims(claims))).toMatchObject({
      subject: 'legacy:o9',
      username: 'ruiz',
      email: 'r@example.org',
      roles: ['x'],
    });
  });

  it('has their id for a name where there is none, and must have an id', () => {
    const some = people({}, neverAsked);
    expect(personOf(some.ofClaims({ sub: 'A1' }))).toMatchObject({ subject: 'legacy:A1', username: 'a1' });
    expect(some.ofClaims({ preferred_username: 'ana' })).toMatchObject({ found: false });
    expect(some.ofClaims({ sub: 2 ** 53 })).toMatchObject({ found: false });
  });
});

describe('an answer that proves nothing', () => {
  const nothing: readonly Body[] = [
    {},
    { status: 'ok' },
    { error: 'bad password' },
    { success: true },
    { success: true, errors: ['clave'], data: null },
    { success: true, data: { access_token: '' } },
  ];
  it.each(nothing.map((body) => [JSON.stringify(body), body] as const))(
    'lets nobody in: %s',
    async (_text, body) => {
      expect((await read(body)).found).toBe(false);
    },
  );

  it('is enough where it names the person at the place that the operator has set', async () => {
    const result = await identity({ data: { id: 7 } }, { EXTERNAL_AUTH_SUBJECT: '/data/id' });
    expect(result.subject).toBe('legacy:7');
  });
});
