import { once } from 'node:events';
import { createServer } from 'node:net';
import { Client, SASL_MECHANISMS } from 'ldapts';
import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';
import { bindUser } from '../src/strategies/ldap/bind/user-bind';
import { type FakeAnswer, FakeLdap, type FakeRequest } from './servers/fake-ldap';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { eventually, identityOf, ldapStrategy, login, refused, unavailable } from './support/ldap-logins';

// What ldapts 9 does that a login must not suffer from. Each was seen to happen with a bare client; StartTLS has a file of its own.

const service = { LDAP_BIND_DN: 'cn=gateway,dc=x', LDAP_BIND_PASSWORD: 'canary-service' };
const alice = {
  dn: 'uid=alice,dc=x',
  attributes: { uid: 'alice', entryUUID: '0f56da1c-0000-4000-8000-000000000001' },
};

let fake: FakeLdap;
afterEach(() => fake?.close());

/** A directory in which only alice lives, and only those who are bound see her. Her password is `right`. */
function usual({ operation, name, password, boundAs }: FakeRequest): FakeAnswer {
  if (operation === 'search') return boundAs === '' ? { code: 32 } : { code: 0, entry: alice };
  const isRight =
    name === service.LDAP_BIND_DN ? password === service.LDAP_BIND_PASSWORD : password === 'right';
  return { code: isRight ? 0 : 49 };
}

async function fakeStrategy(
  answer: (request: FakeRequest) => FakeAnswer | 'silence',
  env: Record<string, string | undefined> = {},
): Promise<LdapStrategy> {
  fake = await FakeLdap.start(answer);
  return ldapStrategy({
    LDAP_URL: fake.url,
    LDAP_BASE_DN: 'dc=x',
    LDAP_CONNECT_TIMEOUT_MS: '500',
    LDAP_OPERATION_TIMEOUT_MS: '500',
    LDAP_LOGIN_TIMEOUT_MS: '2000',
    ...service,
    ...env,
  });
}

const byTemplate = {
  LDAP_BIND_DN: undefined,
  LDAP_BIND_PASSWORD: undefined,
  LDAP_USER_DN_TEMPLATE: 'uid={username},dc=x',
};

describe('1. ldapts connects anew by itself, as nobody, when the server has hung up', () => {
  it('no search goes out on a connection that nobody is bound on', async () => {
    const ldap = await fakeStrategy(usual);
    for (let round = 0; round < 3; round++) {
      expect(await login(ldap, 'alice', 'right')).toMatchObject({ accepted: true });
      fake.hangUp();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const searches = fake.realRequests.filter(({ operation }) => operation === 'search');
    expect(searches.map(({ boundAs }) => boundAs)).toEqual([1, 2, 3].map(() => service.LDAP_BIND_DN));
  });

  it('not even when the server hangs up right after the answer to the bind', async () => {
    const ldap = await fakeStrategy((request) => ({
      ...usual(request),
      hangUp: request.operation === 'bind' && request.name === service.LDAP_BIND_DN,
    }));
    await unavailable(login(ldap, 'alice', 'right'));
    expect(fake.realRequests.some(({ boundAs, operation }) => operation === 'search' && boundAs === '')).toBe(
      false,
    );
  });

  it.each([1, 32, 50])(
    'a kept connection whose bind is forgotten (result %d) is bound anew',
    async (code) => {
      let forgets = false;
      const ldap = await fakeStrategy((request) => {
        if (!forgets || request.operation !== 'search') return usual(request);
        forgets = false;
        return { code };
      });
      await login(ldap, 'alice', 'right');
      forgets = true;
      expect(await login(ldap, 'alice', 'right')).toMatchObject({ accepted: true });
    },
  );

  it('but a base DN that does not exist costs no further connections', async () => {
    const ldap = await fakeStrategy((request) =>
      request.operation === 'search' ? { code: 32 } : usual(request),
    );
    for (let count = 0; count < 10; count++) await unavailable(login(ldap, 'alice', 'right'));
    expect(fake.connections).toBe(2);
  });
});

describe('2. isBound stays true after a failed bind on the same connection', () => {
  it('nobody reads anything after a refused bind, and the next one binds first', async () => {
    const ldap = await fakeStrategy(usual, { ...byTemplate, LDAP_MAX_CONNECTIONS: '1' });
    expect(await login(ldap, 'alice', 'right')).toMatchObject({ accepted: true });
    expect(await login(ldap, 'alice', 'wrong')).toEqual(refused);
    expect(await login(ldap, 'alice', 'right')).toMatchObject({ accepted: true });
    expect(fake.connections).toBe(1);
    expect(fake.realRequests.map(({ operation }) => operation)).toEqual([
      ...['bind', 'search', 'bind'],
      ...['bind', 'search'],
    ]);
    expect(
      fake.realRequests.filter(({ operation, boundAs }) => operation === 'search' && boundAs === ''),
    ).toEqual([]);
  });
});

describe('3. The first use of a client by several at once leaves some of them waiting for ever', () => {
  it('every one of many first logins gets its answer', async () => {
    const ldap = await fakeStrategy(usual, { LDAP_MAX_CONNECTIONS: '4', LDAP_MAX_SEARCH_CONNECTIONS: '2' });
    const verdicts = await Promise.all(
      Array.from({ length: 40 }, (_, index) => login(ldap, 'alice', index % 2 ? 'right' : 'wrong')),
    );
    expect(verdicts.map(({ accepted }) => accepted)).toEqual(verdicts.map((_, index) => index % 2 === 1));
    expect(fake.connections).toBeLessThanOrEqual(6);
  });
});

describe('4. A bind takes the rights from searches that are under way on the same connection', () => {
  it.each([
    ['search', {}],
    ['template', byTemplate],
  ])('no connection ever has two requests at a time (%s)', async (_, env) => {
    const ldap = await fakeStrategy(usual, {
      ...env,
      LDAP_MAX_CONNECTIONS: '3',
      LDAP_MAX_SEARCH_CONNECTIONS: '2',
    });
    fake.answerDelayMs = 5;
    await Promise.all(Array.from({ length: 30 }, () => login(ldap, 'alice', 'right')));
    expect(fake.requests.filter(({ inFlight }) => inFlight.length > 0)).toEqual([]);
  });

  it('binds of users and searches of the service account share no connection', async () => {
    const ldap = await fakeStrategy(usual);
    await Promise.all(Array.from({ length: 10 }, () => login(ldap, 'alice', 'right')));
    const connectionsOf = (name: string) =>
      new Set(
        fake.realRequests.filter((request) => request.name === name).map(({ connection }) => connection),
      );
    const users = connectionsOf(alice.dn);
    expect([...connectionsOf('dc=x')].filter((connection) => users.has(connection))).toEqual([]);
  });
});

describe('7. TLS options turn ldap:// into TLS at once', () => {
  it('not with LDAP_TLS_CA_FILE and ldap://', async () => {
    const slapd = await startSlapd();
    try {
      const ldap = ldapStrategy(slapd.variables);
      expect(slapd.variables).toHaveProperty('LDAP_TLS_CA_FILE');
      expect(await login(ldap, 'alice', people.alice.password)).toMatchObject({ accepted: true });
      expect(slapd.countInLog('TLS established')).toBe(0);
    } finally {
      await slapd.remove();
    }
  });
});

describe('8. Some names are taken for SASL mechanisms', () => {
  it.each([...SASL_MECHANISMS])(
    '%s as a login name or a service account sends no SASL bind',
    async (mechanism) => {
      const modes = [
        {},
        byTemplate,
        { ...byTemplate, LDAP_USER_DN_TEMPLATE: undefined, LDAP_DOMAIN: 'x.org' },
      ];
      for (const env of modes) {
        const ldap = await fakeStrategy(usual, env);
        await login(ldap, mechanism, 'dn:cn=admin').catch(() => undefined);
        expect(fake.requests.filter(({ isSasl }) => isSasl)).toEqual([]);
        await fake.close();
      }
      await expect(fakeStrategy(usual, { LDAP_BIND_DN: mechanism })).rejects.toThrow(
        'LDAP_BIND_DN must be a DN',
      );
    },
  );

  it('nor does a bind that gets such a name all the same', async () => {
    fake = await FakeLdap.start(usual);
    const client = new Client({ url: fake.url });
    await expect(bindUser(client, 'EXTERNAL', 'dn:cn=admin')).rejects.toThrow();
    expect(fake.connections).toBe(0);
  });
});

describe('9. Escaped bytes in filters are read as letters of their own', () => {
  let slapd: Slapd;
  beforeAll(async () => {
    slapd = await startSlapd();
  });
  afterAll(() => slapd?.remove());

  it('a filter from the settings finds umlauts, escaped or not', async () => {
    for (const value of ['Jürgen*', 'J\\c3\\bcrgen*', 'J\\C3\\BCrgen Wei\\c3\\9f']) {
      const ldap = ldapStrategy({ ...slapd.variables, LDAP_USER_FILTER: `(&(uid={username})(cn=${value}))` });
      expect(await login(ldap, 'jürgen', people.juergen.password)).toMatchObject({ accepted: true });
      expect(await login(ldap, 'alice', people.alice.password)).toEqual(refused);
    }
  });

  it('one value and several come alike', async () => {
    await slapd.modify(`dn: ${people.carol.dn}\nchangetype: modify\nadd: title\ntitle: Second\n`);
    const ldap = ldapStrategy(slapd.variables);
    expect((await identityOf(ldap, 'alice', people.alice.password)).attributes['title']).toEqual([
      'Engineer',
    ]);
    expect((await identityOf(ldap, 'carol', people.carol.password)).attributes['title']).toEqual([
      'Engineer',
      'Second',
    ]);
  });
});

describe('An empty password is a bind as nobody, which succeeds', () => {
  it('so it is never sent, also where the server would like it', async () => {
    const ldap = await fakeStrategy(() => ({ code: 0, entry: alice }));
    expect(await login(ldap, 'alice', '')).toEqual(refused);
    expect(fake.requests).toEqual([]);
  });
});

describe('Answers that are no verdict', () => {
  it.each([1, 8, 14, 51, 52, 80])(
    'bind result %d is an outage, and the bind is not repeated',
    async (code) => {
      const ldap = await fakeStrategy((request) => (request.name === alice.dn ? { code } : usual(request)));
      const error = await unavailable(login(ldap, 'alice', 'right'));
      expect(error.options.retryAfterSeconds).toBeGreaterThanOrEqual(1);
      expect(fake.realRequests.filter(({ name }) => name === alice.dn)).toHaveLength(1);
    },
  );

  it.each([51, 52])('a server that says %d leaves its logins to the next one', async (code) => {
    const other = await FakeLdap.start(usual);
    try {
      const ldap = await fakeStrategy(() => ({ code }));
      const both = ldapStrategy({ LDAP_URL: `${fake.url},${other.url}`, LDAP_BASE_DN: 'dc=x', ...service });
      expect(await login(both, 'alice', 'right')).toMatchObject({ accepted: true });
      await unavailable(login(ldap, 'alice', 'right'));
    } finally {
      await other.close();
    }
  });

  it('silence ends in time', async () => {
    const ldap = await fakeStrategy((request) => (request.name === alice.dn ? 'silence' : usual(request)));
    const error = await unavailable(login(ldap, 'alice', 'right'));
    expect(error.message).toContain('LDAP_OPERATION_TIMEOUT_MS');
    await eventually(() => ldap.health().every(({ isUp }) => isUp));
  });

  it('a refused service account is not tried again for a while, lest it be locked', async () => {
    const ldap = await fakeStrategy(usual, { LDAP_BIND_PASSWORD: 'old' });
    for (let count = 0; count < 5; count++) {
      const error = await unavailable(login(ldap, 'alice', 'right'));
      expect(error.message).toContain('refuses the service account');
    }
    expect(fake.realRequests).toHaveLength(1);
  });
});

describe('Bytes that are no LDAP', () => {
  it.each([
    ['text', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a message that is longer than what comes', '\x30\x84\x7f\xff\xff\xff\x02'],
    ['a message without an end', '\x30\x80'],
  ])('%s is an outage, in time', async (_, bytes) => {
    const odd = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write(Buffer.from(bytes, 'latin1')));
    });
    odd.listen(0, '127.0.0.1');
    await once(odd, 'listening');
    const address = odd.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const env = {
      LDAP_URL: `ldap://127.0.0.1:${port}`,
      LDAP_BASE_DN: 'dc=x',
      LDAP_OPERATION_TIMEOUT_MS: '300',
    };
    const start = performance.now();
    const ldap = ldapStrategy(env);
    await unavailable(login(ldap, 'alice', 'right'));
    expect(performance.now() - start).toBeLessThan(1500);
    await ldap.close();
    odd.close();
  });
});
