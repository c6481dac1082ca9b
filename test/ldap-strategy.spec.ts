import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';
import { people, type Slapd, startSlapd } from './servers/slapd';
import {
  eventually,
  identityOf,
  ldapStrategy,
  login,
  refused,
  unavailable,
  verdictOf,
} from './support/ldap-logins';

let slapd: Slapd;
let logLines: string[];

beforeAll(async () => {
  slapd = await startSlapd();
});
afterAll(() => slapd?.remove());
beforeEach(() => {
  logLines = [];
});

function strategy(env: Record<string, string | undefined> = {}): LdapStrategy {
  return ldapStrategy({ ...slapd.variables, ...env }, logLines);
}

/** Every password that this file sends; none may reach a log line or an error. */
function expectNoPassword(...texts: string[]): void {
  const secrets = [...Object.values(people).map(({ password }) => password), slapd.bindPassword, 'canary-'];
  for (const text of texts) for (const secret of secrets) expect(text).not.toContain(secret);
}

describe('a login by search', () => {
  it.each(['ldap', 'ldaps'])(
    'accepts the right password over %s and gives the identity',
    async (protocol) => {
      const ldap = strategy({ LDAP_URL: protocol === 'ldap' ? slapd.url : slapd.ldapsUrl });
      const { subject, ...rest } = await identityOf(ldap, 'alice', people.alice.password);
      expect(subject).toMatch(/^ldap:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(rest).toEqual({
        username: 'alice',
        displayName: 'Alice Ångström',
        givenName: 'Alice',
        familyName: 'Ångström',
        email: 'alice@example.org',
        groups: ['engineers'],
        roles: [],
        attributes: {
          title: ['Engineer'],
          manager: [people.bob.dn],
          memberOf: [`cn=engineers,ou=groups,${slapd.baseDn}`],
          employeeNumber: ['1001'],
        },
        strategy: 'ldap',
      });
    },
  );

  it.each(Object.values(people).filter(({ uid }) => uid !== 'locked'))(
    'accepts $uid with their own password and nobody else’s',
    async (person) => {
      const ldap = strategy();
      expect((await identityOf(ldap, person.uid, person.password)).displayName).toBe(person.cn);
      const other = person === people.bob ? people.alice : people.bob;
      expect(await login(ldap, person.uid, other.password)).toEqual(refused);
    },
  );

  it('gives different people different subjects, and the same person the same one however they type', async () => {
    const ldap = strategy();
    const [alice, again, bob] = await Promise.all([
      identityOf(ldap, 'alice', people.alice.password),
      identityOf(ldap, ' ALICE ', people.alice.password),
      identityOf(ldap, 'bob', people.bob.password),
    ]);
    expect(again).toEqual(alice);
    expect(bob.subject).not.toBe(alice.subject);
  });

  it.each([
    ['an unknown name', 'nobody-here'],
    ['a star', '*'],
    ['a star after a prefix', 'ali*'],
    ['a filter', 'alice)(uid=*'],
    ['a filter that closes the search', '*)(|(uid=*))'],
    ['an escape', '\\61lice'],
    ['a backslash', '\\'],
    ['a NUL', 'alice\0'],
    ['a SASL mechanism', 'EXTERNAL'],
    ['a DN', people.alice.dn],
    ['blanks', '   '],
    ['a very long name', 'a'.repeat(20_000)],
  ])('refuses %s', async (_, username) => {
    expect(await login(strategy(), username, people.alice.password)).toEqual(refused);
  });

  it('refuses a wrong password, also one that is the right one with a blank or a NUL', async () => {
    for (const password of ['wrong', 'alice-secret ', 'alice-secret\0', 'ALICE-SECRET', '*']) {
      expect(await login(strategy(), 'alice', password)).toEqual(refused);
    }
  });

  it('refuses a locked account', async () => {
    expect(await login(strategy(), people.locked.uid, people.locked.password)).toEqual(refused);
    expect(await verdictOf(strategy(), people.locked.uid, people.locked.password)).toEqual({
      ...refused,
      logReason: 'account_locked (policy)',
    });
  });

  it('refuses an empty password or name without any connection', async () => {
    const before = slapd.countInLog(' ACCEPT ');
    expect(await login(strategy(), 'alice', '')).toEqual(refused);
    expect(await login(strategy(), '', 'alice-secret')).toEqual(refused);
    expect(slapd.countInLog(' ACCEPT ')).toBe(before);
  });

  it('refuses a name that finds two people, and says so in the log', async () => {
    const ldap = strategy({ LDAP_USER_FILTER: '(title={username})' });
    expect(await login(ldap, 'Engineer', people.alice.password)).toEqual(refused);
    expect(logLines.join('')).toContain('finds more than one entry');
    expect(
      await login(strategy({ LDAP_USER_FILTER: '(sn={username})' }), 'Boss', 'bob-secret'),
    ).toMatchObject({
      accepted: true,
    });
  });

  it('asks the directory for exactly one bind as the user, whatever comes of it', async () => {
    const ldap = strategy();
    for (const [password, accepted] of [
      ['bob-secret', true],
      ['wrong', false],
    ] as const) {
      const before = slapd.countBinds(people.bob.dn);
      expect((await login(ldap, 'bob', password)).accepted).toBe(accepted);
      expect(slapd.countBinds(people.bob.dn)).toBe(before + 1);
    }
  });

  it('keeps few connections, and closes every one that it has opened', async () => {
    const ldap = strategy();
    const before = slapd.countInLog(' ACCEPT ');
    for (const password of ['alice-secret', 'wrong', 'alice-secret']) await login(ldap, 'alice', password);
    await login(ldap, 'nobody', 'wrong');
    expect(slapd.countInLog(' ACCEPT ')).toBe(before + 2);
    const closedBefore = slapd.countInLog(' closed');
    await ldap.close();
    await eventually(() => slapd.countInLog(' closed') >= closedBefore + 2);
    await unavailable(login(ldap, 'alice', 'alice-secret'));
  });

  it('crosses no answers when 60 people log in at once', async () => {
    const ldap = strategy({ LDAP_MAX_CONNECTIONS: '8' });
    const known = [people.alice, people.bob, people.carol, people.juergen, people.weird];
    const attempts = Array.from({ length: 60 }, (_, index) => ({
      person: known[index % known.length] ?? people.alice,
      right: index % 3 !== 0,
    }));
    const answers = await Promise.all(
      attempts.map(({ person, right }) => login(ldap, person.uid, right ? person.password : 'wrong')),
    );
    const names = answers.map((verdict) => (verdict.accepted ? verdict.identity.username : 'refused'));
    expect(names).toEqual(attempts.map(({ person, right }) => (right ? person.uid : 'refused')));
  });
});

describe('a directory that does not answer', () => {
  const fast = {
    LDAP_CONNECT_TIMEOUT_MS: '300',
    LDAP_TLS_TIMEOUT_MS: '300',
    LDAP_OPERATION_TIMEOUT_MS: '300',
  };

  it('is unavailable while it is stopped, and works again afterwards', async () => {
    const ldap = strategy({ LDAP_PROBE_INTERVAL_MS: '100' });
    await slapd.stop();
    const error = await unavailable(login(ldap, 'alice', 'alice-secret'));
    await slapd.start();
    expect(error.message).toContain('nothing listens there (ECONNREFUSED)');
    expect(error.options.retryAfterSeconds).toBe(1);
    await eventually(() => ldap.health().every(({ isUp }) => isUp));
    expect(await login(ldap, 'alice', 'alice-secret')).toMatchObject({ accepted: true });
  });

  it.each([
    ['ldap', 'LDAP_OPERATION_TIMEOUT_MS'],
    ['ldaps', 'LDAP_TLS_TIMEOUT_MS'],
  ])('is unavailable within the deadline while it hangs (%s)', async (protocol, setting) => {
    const LDAP_URL = protocol === 'ldap' ? slapd.url : slapd.ldapsUrl;
    slapd.pause();
    try {
      const start = performance.now();
      const error = await unavailable(login(strategy({ LDAP_URL, ...fast }), 'alice', 'alice-secret'));
      expect(performance.now() - start).toBeLessThan(1500);
      expect(error.message).toContain(setting);
    } finally {
      slapd.resume();
    }
    expect(await login(strategy({ LDAP_URL }), 'alice', 'alice-secret')).toMatchObject({ accepted: true });
  });

  it('is unavailable when more logins wait than may', async () => {
    const ldap = strategy({ LDAP_MAX_SEARCH_CONNECTIONS: '1', LDAP_MAX_QUEUE: '1' });
    const identity = await identityOf(ldap, 'alice', 'alice-secret');
    const accepted = [1, 2].map(() => login(ldap, 'alice', 'alice-secret'));
    const error = await unavailable(login(ldap, 'alice', 'alice-secret'));
    expect(error.options.retryAfterSeconds).toBe(1);
    expect(await Promise.all(accepted)).toEqual([
      { accepted: true, identity },
      { accepted: true, identity },
    ]);
  });

  it.each([
    ['a port that speaks no TLS', () => ({ LDAP_URL: slapd.url.replace('ldap:', 'ldaps:') }), /TLS/],
    [
      'a host that does not exist',
      () => ({ LDAP_URL: 'ldaps://directory.invalid' }),
      /host name|name server/,
    ],
    [
      'a strange authority',
      () => ({ LDAP_URL: slapd.ldapsUrl, LDAP_TLS_CA_FILE: slapd.strangerCaFile }),
      /certificate is not trusted \([A-Z_]+\)/,
    ],
    [
      'no authority',
      () => ({ LDAP_URL: slapd.ldapsUrl, LDAP_TLS_CA_FILE: undefined }),
      /certificate is not trusted/,
    ],
    [
      'a wrong service password',
      () => ({ LDAP_BIND_PASSWORD: 'canary-service' }),
      /refuses the service account/,
    ],
    ['an unknown base DN', () => ({ LDAP_BASE_DN: 'dc=example,dc=net' }), /result 32 \(noSuchObject/],
    ['no service account where one is needed', () => ({ LDAP_BIND_DN: undefined }), /result 32/],
  ])('is unavailable with %s, and the detail says why', async (_, env, detail) => {
    const error = await unavailable(login(strategy(env()), 'alice', 'alice-secret'));
    expect(error.message).toMatch(detail);
    expectNoPassword(error.message, String(error.stack), JSON.stringify(error));
  });
});

describe('a directory with other rights', () => {
  let open: Slapd;

  beforeAll(async () => {
    open = await startSlapd({
      access: ['to attrs=entryUUID by * none', 'to attrs=uid,cn,sn,title,entry by * read'],
    });
  });
  afterAll(() => open?.remove());

  it('searches anonymously without LDAP_BIND_DN, and needs a unique id for an identity', async () => {
    const anonymous = { LDAP_URL: open.url, LDAP_BIND_DN: undefined, LDAP_BIND_PASSWORD: undefined };
    expect(await login(strategy(anonymous), 'alice', 'wrong')).toEqual(refused);
    const error = await unavailable(login(strategy(anonymous), 'alice', 'alice-secret'));
    expect(error.message).toContain('none of objectGUID, entryUUID');
    expect(open.log()).not.toContain(open.bindDn);
  });
});

it('writes no password to the log', async () => {
  const ldap = strategy();
  await login(ldap, 'alice', people.alice.password);
  await login(ldap, 'alice', 'canary-wrong');
  await login(ldap, 'canary-password-typed-as-name', 'canary-wrong');
  await login(strategy({ LDAP_USER_FILTER: '(title={username})' }), 'Engineer', 'canary-wrong');
  expect(logLines.length).toBeGreaterThan(2);
  expectNoPassword(logLines.join(''));
});
