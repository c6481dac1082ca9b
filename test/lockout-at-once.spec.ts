import { hashPassword } from '../src/strategies/file/password-hash';
import { AccountNames } from '../src/throttle/account-names';
import { AccountTries } from '../src/throttle/account-tries';
import { startUpstream, type Upstream } from './servers/upstream';
import { type Answer, Client } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';
import { eventually } from './support/ldap-logins';
import { realScryptAgain, rememberScrypt } from './support/remembered-scrypt';
import { usersFileOfAlice } from './support/users-file';

jest.setTimeout(180_000);

const right = 'contraseña de maría';
const filePassword = 'battery staple horse';
/** As if it stood behind a proxy, so that a test has many addresses. */
const anyAddress = { TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_AUTH_MAX: '1000' };

let gateway: RunningGateway;
let upstream: Upstream | undefined;
let client: Client;

afterEach(async () => {
  rememberScrypt();
  await gateway.stop();
  await upstream?.stop();
  upstream = undefined;
});

async function start(env: Record<string, string>): Promise<void> {
  gateway = await startGateway({ ...anyAddress, ...env });
  client = new Client(gateway.url);
}

async function startExternal(env: Record<string, string> = {}): Promise<Upstream> {
  upstream = await startUpstream();
  await start({ STRATEGIES: 'external', EXTERNAL_AUTH_URL: upstream.url, ...env });
  return upstream;
}

function atOnce(count: number, login: (from: Record<string, string>) => Promise<Answer>): Promise<Answer>[] {
  return Array.from({ length: count }, (_, n) => login({ 'x-forwarded-for': `198.51.100.${n % 50}` }));
}

async function statusesOf(answers: readonly Promise<Answer>[]): Promise<readonly number[]> {
  return [...new Set((await Promise.all(answers)).map(({ status }) => status))].sort();
}

describe('honest logins of one person at once', () => {
  /** For a machine that is busy with other things. */
  const patient = { LOGIN_MAX_WAIT_MS: '60000' };

  it.each([12, 90])('all succeed where the source is fast: %i', async (count) => {
    await startExternal(patient);
    expect(await statusesOf(atOnce(count, (from) => client.login('maria', right, from)))).toEqual([200]);
    const oneAddress = Array.from({ length: count }, () => client.login('maria', right));
    expect(await statusesOf(oneAddress)).toEqual([200]);
  });

  it('all succeed where each password takes its time to be checked: 12', async () => {
    realScryptAgain();
    const usersFile = await usersFileOfAlice(filePassword, hashPassword);
    await start({ ...patient, STRATEGIES: 'file', USERS_FILE: usersFile });
    /** On a busy machine some hashes would have to wait for too long: then a client comes back, and is never told of a wrong password. */
    const logIn = async (from: Record<string, string>): Promise<Answer> => {
      const answer = await client.login('alice', filePassword, from);
      return answer.status === 503 ? logIn(from) : answer;
    };
    expect(await statusesOf(atOnce(12, logIn))).toEqual([200]);
  });
});

describe('tries of an account that nobody settles', () => {
  const maria = { key: 'external:maria' };

  /** As a process leaves them that is killed in the midst of logins. */
  async function loseAllTries(): Promise<void> {
    const tries = gateway.app.get(AccountTries, { strict: false });
    for (let n = 0; n < 5; n++) expect(await tries.take(maria, false)).toBeInstanceOf(Object);
  }

  it('keep the person waiting for 30 seconds at most, count nothing of the name, and are then given back', async () => {
    const service = await startExternal();
    await loseAllTries();
    const { length: before } = service.requests;
    for (let n = 0; n < 2; n++) {
      const waited = await Promise.all(atOnce(5, (from) => client.login('maria', right, from)));
      expect(new Set(waited.map(({ status }) => status))).toEqual(new Set([401]));
    }
    expect(service.requests).toHaveLength(before);
    const names = gateway.app.get(AccountNames, { strict: false });
    expect(await names.look('maria')).toBeUndefined();
    gateway.clock.advance(30_000);
    expect((await client.login('maria', right)).status).toBe(200);
  });

  it('keep nobody else waiting, however many log in by that name', async () => {
    await startExternal({ STRATEGIES: 'file,external', USERS_FILE: await usersFileOfAlice(filePassword) });
    await loseAllTries();
    const looked = jest.spyOn(gateway.app.get(AccountNames, { strict: false }), 'look');
    let ended = 0;
    const body = { usuario: 'maria', contrasenia: right, strategy: 'external' };
    const login = (headers: Record<string, string>) =>
      client.request('/api/auth/login', { method: 'POST', body, headers }).finally(() => ended++);
    const logins = atOnce(80, login);
    await eventually(() => looked.mock.calls.length >= 80, 60_000);
    const alice = await client.login('alice', filePassword, { 'x-forwarded-for': '203.0.113.1' });
    expect(alice.status).toBe(200);
    // Those of the other name were still there, in more than all places.
    expect(80 - ended).toBeGreaterThan(64);
    await Promise.all(logins);
  });
});
