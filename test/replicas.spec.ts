import { decodeProtectedHeader } from 'jose';
import { join } from 'node:path';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { run } from './servers/process';
import { type Answer, Client, cookieOf, textOf } from './support/client';
import { eventually } from './support/ldap-logins';
import { type Replica, Replicas } from './support/replicas';

jest.setTimeout(120_000);

const jwks = '/.well-known/jwks.json';
const cli = join(__dirname, '..', 'dist', 'cli', 'main.js');
const authMax = 12;
let slapd: Slapd;
let replicas: Replicas;
let a: Client;
let b: Client;
let c: Client;

beforeAll(async () => {
  slapd = await startSlapd();
  const limits = { RATE_LIMIT_AUTH_MAX: String(authMax), RATE_LIMIT_MAX: '10000' };
  replicas = await Replicas.start({ STRATEGIES: 'ldap', COMPAT: 'django', ...slapd.variables, ...limits });
  [a, b, c] = clients();
}, 180_000);
afterAll(async () => {
  await replicas?.remove();
  await slapd?.remove();
});

function clients(): [Client, Client, Client] {
  const [one, two, three] = replicas.gateways;
  return [new Client(one.url), new Client(two.url), new Client(three.url)];
}

/** As HAProxy says it: each test comes from an address of its own, so that none uses up the tries of another. */
function from(address: string): Readonly<Record<string, string>> {
  return { 'x-forwarded-for': address };
}

function codeOf({ status, body }: Answer): string {
  return `${status} ${typeof body['code'] === 'string' ? body['code'] : ''}`.trim();
}

function bearer(answer: Answer): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${textOf(answer.data, 'access_token')}` };
}

describe('three gateways that share a Redis behind Sentinels', () => {
  it('lead on, check and end the sessions of one another', async () => {
    const login = await a.login('alice', people.alice.password, from('192.0.2.1'));
    const refreshed = await b.refresh(cookieOf(login));
    expect(codeOf(refreshed)).toBe('200');
    for (const client of [a, b, c]) {
      const verified = await client.request('/api/auth/verify', { headers: bearer(refreshed) });
      expect([verified.status, verified.headers.get('remote-user')]).toEqual([200, 'alice']);
    }
    expect(codeOf(await a.logout(cookieOf(refreshed)))).toBe('200');
    for (const client of [a, b, c]) {
      expect((await client.request('/api/auth/verify', { headers: bearer(refreshed) })).status).toBe(401);
      expect(codeOf(await client.refresh(cookieOf(refreshed)))).toBe('401 REFRESH_TOKEN_INVALID');
    }
  });

  it('are one address for a client that knows only HAProxy, which takes turns', async () => {
    const client = new Client(replicas.url);
    let last = await client.login('alice', people.alice.password);
    for (let turn = 0; turn < 6; turn++) last = await client.refresh(cookieOf(last));
    expect(codeOf(last)).toBe('200');
    const sessionId = replicas.gateways.flatMap(sessionsRefreshed).at(-1);
    const served = replicas.gateways.map((gateway) => sessionsRefreshed(gateway).includes(sessionId));
    expect(served).toEqual([true, true, true]);
  });

  it('know the session cookie of one another', async () => {
    const body = { username: 'bob', password: people.bob.password };
    const login = await a.request('/api/login-ldap/', { method: 'POST', body, headers: from('192.0.2.2') });
    const headers = { cookie: cookieOf(login) };
    for (const client of [b, c]) {
      expect((await client.request('/api/session/', { headers })).body).toMatchObject({ username: 'bob' });
    }
    await b.request('/api/logout/', { method: 'POST', headers });
    expect((await c.request('/api/auth/verify', { headers })).status).toBe(401);
  });

  it('count the logins of an address together', async () => {
    const headers = from('192.0.2.3');
    const tries = Array.from({ length: authMax + 6 }, (_, n) => `nobody-${n}`);
    const answers: Answer[] = [];
    for (const [n, name] of tries.entries()) {
      answers.push(await ([a, b, c][n % 3] ?? a).login(name, 'wrong', headers));
    }
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toEqual(tries.map((_, n) => (n < authMax ? 401 : 429)));
  });

  it('count the wrong passwords of an account together, and know the devices of one another', async () => {
    const { password } = people.carol;
    const known = await a.login('carol', password, from('192.0.2.4'));
    const device = known.setCookies.find((line) => line.includes('gatehouse_device='))?.split(';', 1)[0];
    expect(device).toBeDefined();
    const guesses: Answer[] = [];
    for (let n = 0; n < authMax; n++) {
      guesses.push(await ([a, b, c][n % 3] ?? a).login('carol', 'wrong', from(`198.51.100.${n}`)));
    }
    expect(guesses.filter(({ status }) => status === 401).length).toBeLessThan(authMax);
    for (const client of [a, b, c]) {
      expect(codeOf(await client.login('carol', password, from('192.0.2.5')))).toBe('429 TOO_MANY_REQUESTS');
    }
    const headers = { ...from('192.0.2.5'), cookie: device ?? '' };
    for (const client of [b, c]) {
      expect(codeOf(await client.login('carol', password, headers))).toBe('200');
    }
  });

  it('publish one key set, and sign with one new key after `keys rotate` on one machine', async () => {
    const [before, ...others] = await keySets();
    expect(others).toEqual([before, before]);
    const old = await a.login('alice', people.alice.password, from('192.0.2.6'));
    await run(process.execPath, [cli, 'keys', 'rotate', '--now'], { env: replicas.gateways[0].env });
    const kidAt = async (client: Client) => {
      const login = await client.login('alice', people.alice.password, from('192.0.2.7'));
      return decodeProtectedHeader(textOf(login.data, 'access_token')).kid;
    };
    const oldKid = decodeProtectedHeader(textOf(old.data, 'access_token')).kid;
    // One look for both questions: between two looks the first machine may have changed alone.
    await eventually(async () => {
      const [first, ...rest] = await keySets();
      return first !== before && rest.every((keySet) => keySet === first);
    }, 30_000);
    const kids = await Promise.all([a, b, c].map(kidAt));
    expect(new Set(kids).size).toBe(1);
    expect(kids[0]).not.toBe(oldKid);
    for (const client of [a, b, c]) {
      expect((await client.request('/api/auth/verify', { headers: bearer(old) })).status).toBe(200);
    }
  });
});

function keySets(): Promise<string[]> {
  return Promise.all([a, b, c].map(async (client) => (await client.request(jwks)).text));
}

function sessionsRefreshed(replica: Replica): readonly unknown[] {
  const lines = replica.auditLines().filter(({ event }) => event === 'refresh');
  return lines.map(({ sessionId }) => sessionId);
}
