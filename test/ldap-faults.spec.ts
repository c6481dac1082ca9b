import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';
import { FaultProxy } from './servers/fault-proxy';
import { people, type Slapd, startSlapd, type TestPerson } from './servers/slapd';
import { eventually, ldapStrategy, login, refused, unavailable } from './support/ldap-logins';

const { alice, bob, carol, juergen } = people;
const accepted = { accepted: true };
const loginTimeoutMs = 1500;
const stepTimeoutMs = 400;
/** For a machine that is busy with other things. */
const slackMs = 500;

let first: Slapd;
let second: Slapd;

beforeAll(async () => {
  [first, second] = await Promise.all([startSlapd(), startSlapd()]);
});
afterAll(() => Promise.all([first?.remove(), second?.remove()]));

const settings = {
  LDAP_CONNECT_TIMEOUT_MS: `${stepTimeoutMs}`,
  LDAP_TLS_TIMEOUT_MS: `${stepTimeoutMs}`,
  LDAP_OPERATION_TIMEOUT_MS: `${stepTimeoutMs}`,
  LDAP_LOGIN_TIMEOUT_MS: `${loginTimeoutMs}`,
  LDAP_PROBE_INTERVAL_MS: '200',
};
const byTemplate = {
  LDAP_BIND_DN: undefined,
  LDAP_BIND_PASSWORD: undefined,
  LDAP_USER_DN_TEMPLATE: 'uid={username},ou=people,dc=example,dc=org',
};

function strategy(urls: readonly string[], env: Record<string, string | undefined> = {}): LdapStrategy {
  return ldapStrategy({ ...first.variables, ...settings, LDAP_URL: urls.join(','), ...env });
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function isUp(ldap: LdapStrategy, url: string): boolean {
  return ldap.health().some((server) => server.address === url && server.isUp);
}

/** How many binds as this person both servers have seen. */
function bindsAs(person: TestPerson): number {
  return first.countBinds(person.dn) + second.countBinds(person.dn);
}

describe('a first server that is paused', () => {
  const attempts = 21;

  it.each([
    ['ldap', 'cold'],
    ['ldap', 'warm'],
    ['ldaps', 'cold'],
    ['ldaps', 'warm'],
  ] as const)('costs one deadline once, over %s with a %s pool', async (protocol, pool) => {
    const url = ({ url: plain, ldapsUrl }: Slapd) => (protocol === 'ldap' ? plain : ldapsUrl);
    const ldap = strategy([url(first), url(second)]);
    if (pool === 'warm') await login(ldap, 'alice', alice.password);
    const before = bindsAs(bob);
    first.pause();
    try {
      expect(await msOf(() => login(ldap, 'bob', bob.password))).toBeLessThan(loginTimeoutMs);
      const rest = await msOf(async () => {
        for (let count = 1; count < attempts; count++) {
          expect(await login(ldap, 'bob', bob.password)).toMatchObject(accepted);
        }
      });
      // Each would take 400 ms if the first server were tried again.
      expect(rest).toBeLessThan((attempts * stepTimeoutMs) / 3);
    } finally {
      first.resume();
    }
    await eventually(() => isUp(ldap, url(first)));
    expect(await login(ldap, 'alice', alice.password)).toMatchObject(accepted);
    expect(bindsAs(bob) - before).toBeLessThanOrEqual(attempts);
  });

  it('is remembered too where a login may take less time than a connection', async () => {
    const env = {
      LDAP_CONNECT_TIMEOUT_MS: '5000',
      LDAP_OPERATION_TIMEOUT_MS: '5000',
      LDAP_LOGIN_TIMEOUT_MS: '300',
    };
    const ldap = strategy([first.url, second.url], env);
    first.pause();
    try {
      const took = await msOf(() => unavailable(login(ldap, 'alice', alice.password)));
      expect(took).toBeLessThan(300 + slackMs);
      expect(await login(ldap, 'alice', alice.password)).toMatchObject(accepted);
    } finally {
      first.resume();
    }
  });

  it('gets no second bind elsewhere for one that it may have seen', async () => {
    const ldap = strategy([first.url, second.url], byTemplate);
    await login(ldap, 'carol', carol.password);
    const before = { first: first.countBinds(carol.dn), second: second.countBinds(carol.dn) };
    first.pause();
    try {
      const error = await unavailable(login(ldap, 'carol', carol.password));
      expect(error.message).toContain('LDAP_OPERATION_TIMEOUT_MS');
      expect(second.countBinds(carol.dn)).toBe(before.second);
      expect(await login(ldap, 'carol', carol.password)).toMatchObject(accepted);
    } finally {
      first.resume();
    }
    await eventually(() => first.countBinds(carol.dn) === before.first + 1);
    expect(second.countBinds(carol.dn)).toBe(before.second + 1);
  });
});

describe('a directory that is down altogether', () => {
  it('fails at once while no server works, and says when to come again', async () => {
    const ldap = strategy([first.url, second.url], { LDAP_PROBE_INTERVAL_MS: '60000' });
    first.pause();
    second.pause();
    try {
      await unavailable(login(ldap, 'alice', alice.password));
      // The probe that follows a failure at once has to fail as well, before the long interval begins.
      await new Promise((resolve) => setTimeout(resolve, stepTimeoutMs * 1.5));
      for (let count = 0; count < 10; count++) {
        const took = await msOf(async () => {
          const error = await unavailable(login(ldap, 'alice', alice.password));
          expect(error.options.retryAfterSeconds).toBeGreaterThan(30);
        });
        expect(took).toBeLessThan(stepTimeoutMs / 2);
      }
    } finally {
      first.resume();
      second.resume();
    }
  });

  it('makes nobody wait longer than the login may take, however many come', async () => {
    const proxy = await FaultProxy.to(portOf(first.url));
    const ldap = strategy([`ldap://127.0.0.1:${proxy.port}`], { LDAP_MAX_SEARCH_CONNECTIONS: '2' });
    try {
      await login(ldap, 'alice', alice.password);
      proxy.mode = 'blackhole';
      const took = await msOf(() =>
        Promise.all(Array.from({ length: 50 }, () => unavailable(login(ldap, 'alice', alice.password)))),
      );
      expect(took).toBeLessThan(loginTimeoutMs + slackMs);
      proxy.mode = 'pass';
      await eventually(() => ldap.health().every((server) => server.isUp));
      expect(await login(ldap, 'alice', alice.password)).toMatchObject(accepted);
    } finally {
      await proxy.close();
    }
  });

  it('recovers by itself after it was stopped and started', async () => {
    const ldap = strategy([first.ldapsUrl]);
    expect(await login(ldap, 'alice', alice.password)).toMatchObject(accepted);
    await first.stop();
    const took = await msOf(() => unavailable(login(ldap, 'alice', alice.password)));
    await first.start();
    expect(took).toBeLessThan(stepTimeoutMs);
    await eventually(() => isUp(ldap, first.ldapsUrl));
    expect(await login(ldap, 'alice', alice.password)).toMatchObject(accepted);
  });
});

describe('kept connections that have died', () => {
  it('are not noticed by a login after a restart', async () => {
    const ldap = strategy([first.url]);
    await Promise.all([1, 2, 3, 4].map(() => login(ldap, 'alice', alice.password)));
    await first.stop();
    await first.start();
    const before = first.countBinds(alice.dn);
    expect(await login(ldap, 'alice', alice.password)).toMatchObject(accepted);
    expect(await login(ldap, 'alice', 'wrong')).toEqual(refused);
    expect(first.countBinds(alice.dn)).toBe(before + 2);
  });

  it('are found by a probe when a firewall has forgotten them', async () => {
    const proxy = await FaultProxy.to(portOf(first.url));
    // A connection is trusted for a twentieth of this.
    const ldap = strategy([`ldap://127.0.0.1:${proxy.port}`], { LDAP_MAX_IDLE_MS: '2000' });
    try {
      await login(ldap, 'alice', alice.password);
      await new Promise((resolve) => setTimeout(resolve, 150));
      proxy.forgetAll();
      const before = first.countBinds(alice.dn);
      expect(await login(ldap, 'alice', alice.password)).toMatchObject(accepted);
      expect(first.countBinds(alice.dn)).toBe(before + 1);
    } finally {
      await proxy.close();
    }
  });

  it('are closed when they have been idle for too long', async () => {
    const ldap = strategy([first.url], { LDAP_MAX_IDLE_MS: '100' });
    await login(ldap, 'alice', alice.password);
    expect(ldap.health()[0]?.connections).toBe(2);
    await eventually(() => ldap.health()[0]?.connections === 0);
  });
});

describe('a connection that breaks', () => {
  let proxy: FaultProxy;

  beforeEach(async () => {
    proxy = await FaultProxy.to(portOf(first.url));
  });
  afterEach(() => proxy.close());

  it.each([
    ['reset', 0],
    ['reset-answer', 1],
  ] as const)(
    'in the middle of a bind (%s) is an outage, and the bind is not repeated',
    async (mode, arrived) => {
      const ldap = strategy([`ldap://127.0.0.1:${proxy.port}`, second.url], byTemplate);
      await login(ldap, 'bob', bob.password);
      const before = bindsAs(bob);
      proxy.mode = mode;
      await unavailable(login(ldap, 'bob', bob.password));
      expect(bindsAs(bob)).toBe(before + arrived);
      // The server is left alone now.
      expect(await login(ldap, 'bob', bob.password)).toMatchObject(accepted);
      expect(bindsAs(bob)).toBe(before + arrived + 1);
    },
  );

  it('in the middle of a search costs nobody a login', async () => {
    const ldap = strategy([`ldap://127.0.0.1:${proxy.port}`, second.url]);
    await login(ldap, 'bob', bob.password);
    proxy.mode = 'reset-answer';
    expect(await login(ldap, 'bob', bob.password)).toMatchObject(accepted);
    proxy.mode = 'pass';
    await eventually(() => ldap.health().every((server) => server.isUp));
  });

  it('while nobody uses it is replaced in silence', async () => {
    const ldap = strategy([`ldap://127.0.0.1:${proxy.port}`]);
    await login(ldap, 'bob', bob.password);
    proxy.endAll();
    expect(await login(ldap, 'bob', bob.password)).toMatchObject(accepted);
  });

  it('as soon as it is accepted leads to the next server', async () => {
    proxy.mode = 'close';
    const ldap = strategy([`ldap://127.0.0.1:${proxy.port}`, second.url]);
    expect(await login(ldap, 'bob', bob.password)).toMatchObject(accepted);
  });

  it('by dropped packets leads to the next server within the deadline', async () => {
    const ldap = strategy([`ldap://127.0.0.1:${proxy.port}`, second.url]);
    await login(ldap, 'bob', bob.password);
    proxy.mode = 'blackhole';
    const took = await msOf(async () => {
      expect(await login(ldap, 'bob', bob.password)).toMatchObject(accepted);
    });
    expect(took).toBeLessThan(loginTimeoutMs);
    proxy.mode = 'pass';
    await eventually(() => ldap.health().every((server) => server.isUp));
  });

  it('not at all, but is slow, just takes longer', async () => {
    proxy.delayMs = 50;
    const ldap = strategy([`ldap://127.0.0.1:${proxy.port}`]);
    expect(await login(ldap, 'bob', bob.password)).toMatchObject(accepted);
    expect(await login(ldap, 'bob', 'wrong')).toEqual(refused);
  });
});

describe('200 logins at once', () => {
  // slapd writes the DN of `weird` in another form into its log.
  const known = [alice, bob, carol, juergen];
  const attempts = Array.from({ length: 200 }, (_, index) => ({
    person: known[index % known.length] ?? alice,
    right: index % 3 !== 0,
  }));
  const patient = {
    LDAP_OPERATION_TIMEOUT_MS: '5000',
    LDAP_CONNECT_TIMEOUT_MS: '5000',
    LDAP_TLS_TIMEOUT_MS: '5000',
    LDAP_LOGIN_TIMEOUT_MS: '20000',
  };
  const expected = attempts.map(({ person, right }) => (right ? person.uid : 'refused'));

  async function outcomes(ldap: LdapStrategy): Promise<string[]> {
    return Promise.all(
      attempts.map(async ({ person, right }) => {
        const verdict = await login(ldap, person.uid, right ? person.password : 'wrong').catch(
          () => undefined,
        );
        if (verdict === undefined) return 'unavailable';
        return verdict.accepted ? verdict.identity.username : 'refused';
      }),
    );
  }

  it('cross no answers and cost one bind each', async () => {
    const before = known.map(bindsAs);
    const ldap = strategy([first.url], { ...patient, LDAP_MAX_CONNECTIONS: '8' });
    expect(await outcomes(ldap)).toEqual(expected);
    const binds = known.map((person, index) => bindsAs(person) - (before[index] ?? 0));
    expect(binds).toEqual([50, 50, 50, 50]);
  });

  it('cross no answers when the server dies among them', async () => {
    const before = known.map(bindsAs);
    const ldap = strategy([first.url, second.url], { ...patient, LDAP_MAX_CONNECTIONS: '8' });
    const running = outcomes(ldap);
    await eventually(() => known.some((person, index) => bindsAs(person) > (before[index] ?? 0)));
    await first.stop();
    const answers = await running;
    await first.start();
    answers.forEach((answer, index) => {
      if (answer !== 'unavailable') expect(answer).toBe(expected[index]);
    });
    expect(answers).toContain('alice');
    known.forEach((person, index) => expect(bindsAs(person) - (before[index] ?? 0)).toBeLessThanOrEqual(50));
  });
});
