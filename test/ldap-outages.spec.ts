import { setTimeout as sleep } from 'node:timers/promises';
import { loadSettings } from '../src/config/load-settings';
import { Deadline } from '../src/strategies/outbound/deadline';
import { Directory } from '../src/strategies/ldap/connection/directory';
import { ldapOptions } from '../src/strategies/ldap/ldap-options';
import { type FakeAnswer, FakeLdap, type FakeRequest } from './servers/fake-ldap';
import { FaultProxy } from './servers/fault-proxy';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { eventually, ldapStrategy, login, unavailable } from './support/ldap-logins';

// What is an outage of a server, what is only one of an account, and what ends when the gateway does.

const { alice } = people;
const accepted = { accepted: true };

let slapd: Slapd;
beforeAll(async () => {
  slapd = await startSlapd();
});
afterAll(() => slapd?.remove());

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

describe('an account whose bind never works', () => {
  const odd = 'uid=odd,dc=x';
  const env = {
    LDAP_BASE_DN: 'dc=x',
    LDAP_USER_DN_TEMPLATE: 'uid={username},dc=x',
    LDAP_OPERATION_TIMEOUT_MS: '150',
    LDAP_LOGIN_TIMEOUT_MS: '2000',
    // Few, so that logins wait in line.
    LDAP_MAX_CONNECTIONS: '4',
  };
  let fake: FakeLdap;
  afterEach(() => fake?.close());

  function answerTo(oddAnswer: FakeAnswer | 'silence') {
    return ({ operation, name }: FakeRequest): FakeAnswer | 'silence' => {
      if (operation === 'bind') return name === odd ? oddAnswer : { code: 0 };
      return { code: 0, entry: { dn: name, attributes: { uid: 'one', entryUUID: crypto.randomUUID() } } };
    };
  }

  it.each([
    ['hangs', 'silence'],
    ['is answered with busy (51)', { code: 51 }],
    ['is answered with unavailable (52)', { code: 52 }],
    ['breaks the connection', { code: 52, hangUp: true }],
  ] as const)('and %s costs nobody else a login', async (_, oddAnswer) => {
    fake = await FakeLdap.start(answerTo(oddAnswer));
    const lines: string[] = [];
    const ldap = ldapStrategy({ LDAP_URL: fake.url, ...env }, lines);
    const endAtMs = performance.now() + 1200;
    let oddLogins = 0;
    const always = async (attempt: () => Promise<unknown>) => {
      while (performance.now() < endAtMs) await attempt();
    };
    await Promise.all([
      always(async () => {
        oddLogins++;
        await unavailable(login(ldap, 'odd', 'right'));
        await sleep(5);
      }),
      ...[1, 2, 3, 4, 5, 6].map((person) =>
        always(async () => {
          expect(await login(ldap, `person${person}`, 'right')).toMatchObject(accepted);
          await sleep(5);
        }),
      ),
    ]);
    expect(ldap.health()).toMatchObject([{ isUp: true }]);
    expect(fake.requests.filter(({ name }) => name === odd)).toHaveLength(oddLogins);
  });

  it('sends the next logins to another server, and uses its own again when that is down', async () => {
    fake = await FakeLdap.start(answerTo('silence'));
    const other = await FakeLdap.start(answerTo('silence'));
    const bindsAt = (server: FakeLdap) =>
      server.realRequests.filter(({ operation }) => operation === 'bind').length;
    const ldap = ldapStrategy({ LDAP_URL: `${fake.url},${other.url}`, ...env });
    try {
      await unavailable(login(ldap, 'odd', 'right'));
      expect(await login(ldap, 'person', 'right')).toMatchObject(accepted);
      expect([bindsAt(fake), bindsAt(other)]).toEqual([1, 1]);
    } finally {
      await other.close();
    }
    // Until its kept connections have noticed.
    await sleep(50);
    expect(await login(ldap, 'person', 'right')).toMatchObject(accepted);
    expect(bindsAt(fake)).toBe(2);
  });
});

describe('a service account that is refused', () => {
  const twentyLogins = (env: Record<string, string>) => {
    const ldap = ldapStrategy({ ...slapd.variables, LDAP_MAX_SEARCH_CONNECTIONS: '8', ...env });
    return Promise.allSettled(Array.from({ length: 20 }, () => login(ldap, 'alice', alice.password)));
  };

  it('is tried once by 20 logins at once, lest it be locked', async () => {
    const before = slapd.countBinds(slapd.bindDn);
    const outcomes = await twentyLogins({ LDAP_BIND_PASSWORD: 'wrong' });
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toEqual([]);
    expect(slapd.countBinds(slapd.bindDn) - before).toBe(1);
  });

  it('is no matter where its password is right', async () => {
    const outcomes = await twentyLogins({});
    expect(outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value.accepted)).toEqual(
      outcomes.map(() => true),
    );
  });

  it.each([49, 53, 19, 48, 32])('with result %d is left alone for a while', async (code) => {
    const fake = await FakeLdap.start(() => ({ code }));
    try {
      const ldap = ldapStrategy({ ...slapd.variables, LDAP_URL: fake.url });
      for (let count = 0; count < 5; count++) {
        const { message } = await unavailable(login(ldap, 'alice', alice.password));
        expect(message).toContain(`result ${code}`);
        expect(message).toContain('LDAP_BIND_DN and LDAP_BIND_PASSWORD');
      }
      expect(fake.realRequests).toHaveLength(1);
    } finally {
      await fake.close();
    }
  });
});

describe('closing', () => {
  const patient = {
    LDAP_CONNECT_TIMEOUT_MS: '8000',
    LDAP_TLS_TIMEOUT_MS: '8000',
    LDAP_OPERATION_TIMEOUT_MS: '8000',
    LDAP_LOGIN_TIMEOUT_MS: '20000',
    LDAP_PROBE_INTERVAL_MS: '100',
  };
  const ways = [
    ['ldap', {}],
    ['ldap', { LDAP_START_TLS: 'true' }],
    ['ldaps', {}],
  ] as const;
  let proxy: FaultProxy;
  afterEach(async () => {
    slapd.resume();
    await proxy?.close();
  });

  function strategyVia(protocol: 'ldap' | 'ldaps', env: Record<string, string>, lines: string[] = []) {
    const variables = { ...slapd.variables, LDAP_URL: `${protocol}://127.0.0.1:${proxy.port}` };
    return ldapStrategy({ ...variables, ...patient, ...env }, lines);
  }

  async function proxyFor(protocol: 'ldap' | 'ldaps'): Promise<void> {
    proxy = await FaultProxy.to(Number(new URL(protocol === 'ldap' ? slapd.url : slapd.ldapsUrl).port));
  }

  it.each(ways)('waits for no probe of a paused server (%s %j)', async (protocol, env) => {
    await proxyFor(protocol);
    proxy.mode = 'close';
    const lines: string[] = [];
    const ldap = strategyVia(protocol, env, lines);
    await unavailable(login(ldap, 'alice', alice.password));
    slapd.pause();
    proxy.mode = 'pass';
    await eventually(() => proxy.openSockets > 0);
    const linesBefore = lines.length;
    expect(await msOf(() => ldap.close())).toBeLessThan(200);
    await eventually(() => proxy.openSockets === 0, 200);
    expect(lines).toHaveLength(linesBefore);
  });

  it.each(ways)('ends a connection that is being opened (%s %j)', async (protocol, env) => {
    await proxyFor(protocol);
    slapd.pause();
    const ldap = strategyVia(protocol, env);
    const attempt = unavailable(login(ldap, 'alice', alice.password));
    await eventually(() => proxy.openSockets === 2);
    expect(await msOf(() => Promise.all([ldap.close(), attempt]))).toBeLessThan(200);
    await eventually(() => proxy.openSockets === 0, 200);
  });
});

describe('servers of which only some are encrypted', () => {
  it('tell it for the connection in use', async () => {
    const closed = await FaultProxy.to(1);
    closed.mode = 'close';
    const isEncrypted = async (...urls: string[]) => {
      const env = { ...slapd.variables, STRATEGIES: 'ldap', LDAP_URL: urls.join(',') };
      const directory = new Directory('ldap', ldapOptions(loadSettings(env).settings).directory);
      const told = await directory.withUser((_, encrypted) => Promise.resolve(encrypted), Deadline.in(5000));
      await directory.close();
      return told;
    };
    try {
      expect(await isEncrypted(slapd.ldapsUrl, slapd.url)).toBe(true);
      expect(await isEncrypted(slapd.url, slapd.ldapsUrl)).toBe(false);
      expect(await isEncrypted(`ldaps://127.0.0.1:${closed.port}`, slapd.url)).toBe(false);
    } finally {
      await closed.close();
    }
  });
});
