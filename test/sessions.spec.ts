import { join } from 'node:path';
import { cheapHash } from './support/cheap-hash';
import { writeUsersFile } from '../src/strategies/file/users-file-access';
import { type Answer, Client, cookieOf, type JsonObject, objectOf, textOf } from './support/client';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';

const ids = {
  alice: '11111111-1111-4111-8111-111111111111',
  bob: '22222222-2222-4222-8222-222222222222',
};
const password = 'correct horse battery';
let usersFile: string;
let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  usersFile = join(temporaryFolder(), 'users.json');
  const passwordHash = await cheapHash(password);
  const user = (username: keyof typeof ids, roles: string[]) => ({
    ...{ id: ids[username], username, passwordHash, groups: [], roles, disabled: false },
  });
  writeUsersFile(usersFile, [user('alice', ['staff']), user('bob', ['operator'])]);
});
beforeEach(() => start());
afterEach(() => gateway.stop());

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  const limits = { RATE_LIMIT_AUTH_MAX: '1000', RATE_LIMIT_MAX: '1000' };
  gateway = await startGateway({
    ...{ STRATEGIES: 'file', USERS_FILE: usersFile, ADMIN_ROLE: 'operator' },
    ...limits,
    ...env,
  });
  client = new Client(gateway.url);
}

interface Device {
  readonly token: string;
  readonly cookie: string;
  readonly id: string;
}

/** Logs in as a device of its own. Devices log in one second after the other. */
async function device(username: string, userAgent: string): Promise<Device> {
  gateway.clock.advance(1000);
  const login = await client.login(username, password, { 'user-agent': userAgent });
  const token = textOf(login.data, 'access_token');
  const id = textOf(objectOf((await client.me(token)).data['session']), 'id');
  return { token, cookie: cookieOf(login), id };
}

function ask(path: string, { token }: Device, method = 'GET'): Promise<Answer> {
  return client.request(path, { method, headers: { authorization: `Bearer ${token}` } });
}

async function listOf(path: string, by: Device): Promise<JsonObject[]> {
  const answer = await ask(path, by);
  const { data } = answer.body;
  if (!Array.isArray(data)) throw new Error(`no list: ${answer.text}`);
  return data.map(objectOf);
}

async function isAlive({ token, cookie }: Device): Promise<boolean> {
  const [me, refreshed] = [await client.me(token), await client.refresh(cookie)];
  expect((me.status === 200) === (refreshed.status === 200)).toBe(true);
  return me.status === 200;
}

function audited(event: string): JsonObject[] {
  const lines = gateway
    .logs()
    .trim()
    .split('\n')
    .map((line) => objectOf(JSON.parse(line)));
  return lines.filter((line) => line['event'] === event);
}

describe('with SESSIONS_REAUTH_SECONDS', () => {
  it('others end by a recent login only, and the own one by any', async () => {
    await gateway.stop();
    await start({ SESSIONS_REAUTH_SECONDS: '300' });
    const other = await device('alice', 'other');
    const old = await device('alice', 'old');
    const operator = await device('bob', 'operator');
    gateway.clock.advance(301_000);
    for (const [path, by] of [
      [`/api/auth/sessions/${other.id}`, old],
      ['/api/auth/sessions', old],
      ['/api/auth/sessions?keep=current', old],
      ['/api/admin/sessions?user=alice', operator],
    ] as const) {
      const answer = await ask(path, by, 'DELETE');
      expect([path, answer.status, answer.body['code']]).toEqual([path, 401, 'UNAUTHORIZED']);
      expect(answer.headers.get('www-authenticate')).toBe(
        'Bearer realm="gatehouse", error="insufficient_user_authentication", max_age=300',
      );
    }
    expect(await listOf('/api/auth/sessions', old)).toHaveLength(2);
    expect((await ask(`/api/auth/sessions/${old.id}`, old, 'DELETE')).status).toBe(200);
    const recent = await device('alice', 'recent');
    expect((await ask(`/api/auth/sessions/${other.id}`, recent, 'DELETE')).status).toBe(200);
    expect(await isAlive(other)).toBe(false);
  });
});

describe('the own sessions', () => {
  it('are listed with device, address and times, the one used last first', async () => {
    const phone = await device('alice', 'phone');
    const laptop = await device('alice', 'laptop');
    await device('bob', 'other');
    gateway.clock.advance(60_000);
    await client.refresh(phone.cookie);
    const sessions = await listOf('/api/auth/sessions', laptop);
    expect(sessions).toMatchObject([
      { id: phone.id, user_agent: 'phone', address: '127.0.0.1', current: false },
      { id: laptop.id, user_agent: 'laptop', address: '127.0.0.1', current: true },
    ]);
    const [used, created] = [sessions[0]?.['last_used_at'], sessions[0]?.['created_at']];
    expect(Date.parse(String(used)) - Date.parse(String(created))).toBe(62_000);
  });

  it('can be ended one by one; the access token of an ended one is refused at once', async () => {
    const phone = await device('alice', 'phone');
    const laptop = await device('alice', 'laptop');
    const answer = await ask(`/api/auth/sessions/${phone.id}`, laptop, 'DELETE');
    expect([answer.status, answer.setCookies]).toEqual([200, []]);
    expect([await isAlive(phone), await isAlive(laptop)]).toEqual([false, true]);
    expect((await listOf('/api/auth/sessions', laptop)).map(({ id }) => id)).toEqual([laptop.id]);
    expect(audited('session_end')).toMatchObject([{ sessionId: phone.id, username: 'alice' }]);
    expect(audited('session_end')[0]).not.toHaveProperty('actor');
  });

  it('include this one, whose cookie then goes too', async () => {
    const phone = await device('alice', 'phone');
    const answer = await ask(`/api/auth/sessions/${phone.id}`, phone, 'DELETE');
    expect(answer.setCookies[0]).toMatch(/^refreshToken=; .*Max-Age=0/);
    expect(await isAlive(phone)).toBe(false);
  });

  it('do not include those of others, nor what does not exist', async () => {
    const alice = await device('alice', 'phone');
    const bob = await device('bob', 'phone');
    for (const id of [bob.id, 'AAAAAAAAAAAAAAAAAAAAAA', '%00', 'x'.repeat(90), '%E2%82%AC'.repeat(99)]) {
      const answer = await ask(`/api/auth/sessions/${id}`, alice, 'DELETE');
      expect([id, answer.status, answer.body['code']]).toEqual([id, 404, 'NOT_FOUND']);
    }
    expect(await isAlive(bob)).toBe(true);
  });

  it('can be ended all at once, or all but this one', async () => {
    const devices = [await device('alice', 'a'), await device('alice', 'b'), await device('alice', 'c')];
    const here = await device('alice', 'here');
    const others = await ask('/api/auth/sessions?keep=current', here, 'DELETE');
    expect([others.data, others.setCookies]).toEqual([{ ended: 3 }, []]);
    for (const other of devices) expect(await isAlive(other)).toBe(false);
    const all = await ask('/api/auth/sessions', here, 'DELETE');
    expect([all.data, all.setCookies.length]).toEqual([{ ended: 1 }, 1]);
    expect(await isAlive(here)).toBe(false);
    expect(audited('session_end')).toHaveLength(4);
    gateway.clock.advance(1000);
    expect(await isAlive(await device('alice', 'later'))).toBe(true);
  });

  it('are closed to strangers', async () => {
    const phone = await device('alice', 'phone');
    for (const method of ['GET', 'DELETE']) {
      const answer = await client.request('/api/auth/sessions', {
        method,
        headers: { cookie: phone.cookie },
      });
      expect([answer.status, answer.body['code']]).toEqual([401, 'UNAUTHORIZED']);
    }
    for (const query of ['keep=none', 'Keep=current', 'keep=current&other=1']) {
      const wrong = await ask(`/api/auth/sessions?${query}`, phone, 'DELETE');
      expect([query, wrong.status, wrong.body['code']]).toEqual([query, 400, 'VALIDATION_ERROR']);
    }
    expect(await isAlive(phone)).toBe(true);
  });

  it('are not listed any more once they ended by themselves', async () => {
    const old = await device('alice', 'old');
    gateway.clock.advance(24 * 60 * 60 * 1000 - 1000);
    const fresh = await device('alice', 'new');
    expect((await listOf('/api/auth/sessions', fresh)).map(({ id }) => id)).toEqual([fresh.id]);
    expect(await isAlive(old)).toBe(false);
  });
});

describe('SESSIONS_MAX_PER_PERSON', () => {
  beforeEach(async () => {
    await gateway.stop();
    await start({ SESSIONS_MAX_PER_PERSON: '2' });
  });

  it('ends the oldest live one at another login, and says so in the audit trail', async () => {
    const [first, second] = [await device('alice', '1'), await device('alice', '2')];
    const bob = await device('bob', '1');
    await client.logout(second.cookie);
    const third = await device('alice', '3');
    expect([await isAlive(first), await isAlive(third)]).toEqual([true, true]);
    const fourth = await device('alice', '4');
    expect([await isAlive(first), await isAlive(third), await isAlive(fourth)]).toEqual([false, true, true]);
    expect(await isAlive(bob)).toBe(true);
    expect(audited('session_end')).toMatchObject([
      { sessionId: first.id, reason: expect.any(String) as string },
    ]);
  });

  it('holds for logins at the same time too', async () => {
    await Promise.all(Array.from({ length: 8 }, () => client.login('alice', password)));
    expect(await listOf('/api/auth/sessions', await device('alice', 'last'))).toHaveLength(2);
  });
});

describe('the sessions of others', () => {
  it('are seen and ended by administrators, by login name and by subject', async () => {
    const [phone, laptop] = [await device('alice', 'phone'), await device('alice', 'laptop')];
    const admin = await device('bob', 'desk');
    for (const user of ['alice', ' Alice ', `file:${ids.alice}`]) {
      const found = await listOf(`/api/admin/sessions?user=${encodeURIComponent(user)}`, admin);
      expect(found.map(({ id }) => id)).toEqual([laptop.id, phone.id]);
      expect(objectOf(found[0]?.['user'])['username']).toBe('alice');
    }
    const ended = await ask('/api/admin/sessions?user=alice', admin, 'DELETE');
    expect(ended.data).toEqual({ ended: 2 });
    expect([await isAlive(phone), await isAlive(laptop), await isAlive(admin)]).toEqual([false, false, true]);
    expect(audited('session_end')[0]).toMatchObject({ username: 'alice', actor: `file:${ids.bob}` });
  });

  it('of a subject whose name nobody knows are ended too; the trail has a line where there were none', async () => {
    const admin = await device('bob', 'desk');
    const unknown = ['file:99999999-9999-4999-8999-999999999999', 'ldap.partners:x', ' Nobody ', 'http://x'];
    for (const user of unknown) {
      const ended = await ask(`/api/admin/sessions?user=${encodeURIComponent(user)}`, admin, 'DELETE');
      expect(ended.data).toEqual({ ended: 0 });
    }
    const lines = audited('session_end');
    const whom = unknown.map((user, n) =>
      // Nobody has shown that these names are somebody's.
      n < 2 ? { subject: user } : { usernameHash: expect.stringMatching(/^[\w-]{43}$/) as string },
    );
    expect(lines).toMatchObject(
      whom.map((one) => ({
        ...one,
        outcome: 'success',
        actor: `file:${ids.bob}`,
        reason: expect.any(String) as string,
      })),
    );
    for (const line of lines) {
      expect(line).not.toHaveProperty('sessionId');
      expect(line).not.toHaveProperty('username');
    }
    const feed = (await client.request('/api/auth/revocations')).data['entries'];
    expect(feed).toMatchObject([{ sub: unknown[0] }, { sub: unknown[1] }]);
  });

  it('are no business of anybody else', async () => {
    const alice = await device('alice', 'phone');
    const bob = await device('bob', 'desk');
    for (const method of ['GET', 'DELETE']) {
      const answer = await ask('/api/admin/sessions?user=bob', alice, method);
      expect([answer.status, answer.body['code']]).toEqual([403, 'FORBIDDEN']);
    }
    expect(await isAlive(bob)).toBe(true);
  });

  it('need a user', async () => {
    const admin = await device('bob', 'desk');
    for (const query of ['', '?user=', '?user=a&user=b', `?user=${'x'.repeat(1100)}`]) {
      const answer = await ask(`/api/admin/sessions${query}`, admin, 'DELETE');
      expect([answer.status, answer.body['code']]).toEqual([400, 'VALIDATION_ERROR']);
    }
    expect(await listOf('/api/admin/sessions?user=nobody', admin)).toEqual([]);
  });

  it('are closed to everybody without ADMIN_ROLE', async () => {
    await gateway.stop();
    await start({ ADMIN_ROLE: '' });
    const answer = await ask('/api/admin/sessions?user=alice', await device('bob', 'desk'));
    expect(answer.body['code']).toBe('FORBIDDEN');
  });
});
