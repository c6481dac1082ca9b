import { join } from 'node:path';
import { cheapHash } from './support/cheap-hash';
import { writeUsersFile } from '../src/strategies/file/users-file-access';
import { type Answer, Client, cookieOf, type JsonObject, objectOf, textOf } from './support/client';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';

describe('GET /api/auth/revocations', () => {
  const ids = {
    alice: '11111111-1111-4111-8111-111111111111',
    bob: '22222222-2222-4222-8222-222222222222',
  };
  const password = 'correct horse battery';
  let usersFile: string;
  let passwordHash: string;
  let gateway: RunningGateway;
  let client: Client;

  function write(names: readonly (keyof typeof ids)[]): void {
    const users = names.map((username) => ({
      ...{ id: ids[username], username, passwordHash, groups: [], disabled: false },
      roles: username === 'bob' ? ['operator'] : [],
    }));
    writeUsersFile(usersFile, users);
  }

  beforeAll(async () => {
    passwordHash = await cheapHash(password);
  });
  afterEach(() => gateway.stop());

  async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    usersFile = join(temporaryFolder(), 'users.json');
    write(['alice', 'bob']);
    const limits = { RATE_LIMIT_AUTH_MAX: '1000', RATE_LIMIT_MAX: '20' };
    const people = { STRATEGIES: 'file', USERS_FILE: usersFile, ADMIN_ROLE: 'operator' };
    gateway = await startGateway({ ...people, ...limits, ...env });
    client = new Client(gateway.url);
  }

  async function device(username = 'alice'): Promise<{ token: string; cookie: string; id: string }> {
    gateway.clock.advance(1000);
    const login = await client.login(username, password);
    const token = textOf(login.data, 'access_token');
    const [, payload = ''] = token.split('.');
    const claims = objectOf(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    return { token, cookie: cookieOf(login), id: textOf(claims, 'sid') };
  }

  function end(path: string, token: string): Promise<Answer> {
    return client.request(path, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  }

  async function entries(since = ''): Promise<JsonObject[]> {
    const { data } = await client.request(`/api/auth/revocations${since}`);
    return Array.isArray(data['entries']) ? data['entries'].map(objectOf) : [];
  }

  async function sids(): Promise<unknown[]> {
    return (await entries()).map(({ sid }) => sid).filter((sid) => sid !== undefined);
  }

  it('names a session that was logged out, at once and until its tokens have expired', async () => {
    await start();
    const [here, there] = [await device(), await device()];
    expect(await entries()).toEqual([]);
    await client.logout(here.cookie);
    const exp = Math.ceil(gateway.clock.nowMs() / 1000) + 900 + 60;
    expect(await entries()).toEqual([{ sid: here.id, exp }]);
    await end(`/api/auth/sessions/${there.id}`, there.token);
    expect(await sids()).toEqual([here.id, there.id]);
  });

  it('says nothing of a refresh token or an access token whose session has ended before', async () => {
    await start();
    const here = await device();
    for (let n = 0; n < 3; n++) await client.logout(here.cookie);
    expect(await sids()).toEqual([here.id]);
  });

  it('names the session of a reused refresh token', async () => {
    await start();
    const here = await device();
    const second = await client.refresh(here.cookie);
    await client.refresh(cookieOf(second));
    gateway.clock.advance(60_000);
    expect((await client.refresh(here.cookie)).body['code']).toBe('REFRESH_TOKEN_REUSED');
    expect(await sids()).toEqual([here.id]);
  });

  it('names the session that had to end for another one', async () => {
    await start({ SESSIONS_MAX_PER_PERSON: '2' });
    const devices = [await device(), await device(), await device()];
    expect(await sids()).toEqual([devices[0]?.id]);
  });

  it('names the session of somebody whom the source no longer welcomes', async () => {
    await start();
    const here = await device();
    write(['bob']);
    gateway.clock.advance(301_000);
    expect((await client.refresh(here.cookie)).status).toBe(401);
    expect(await sids()).toEqual([here.id]);
  });

  it('names a person whose sessions have all ended, the session that was spared, and each one that was live', async () => {
    await start();
    const [here, there] = [await device(), await device()];
    const admin = await device('bob');
    await end('/api/auth/sessions?keep=current', here.token);
    const [mark, ...others] = await entries();
    const not_before = Math.floor(gateway.clock.nowMs() / 1000);
    const sub = `file:${ids.alice}`;
    expect(mark).toMatchObject({ sub, not_before, spared_sid: here.id, exp: expect.any(Number) as number });
    expect(others).toMatchObject([{ sid: there.id }]);
    gateway.clock.advance(5000);
    await end(`/api/admin/sessions?user=${encodeURIComponent(sub)}`, admin.token);
    const marks = (await entries()).filter((entry) => entry['sub'] === sub);
    expect(marks).toMatchObject([{}, { not_before: not_before + 5 }]);
    expect(marks[1]).not.toHaveProperty('spared_sid');
    expect(await sids()).toEqual([there.id, here.id]);
  });

  it('is read on by `next`; a poll costs nothing while there is nothing new', async () => {
    await start();
    gateway.clock.set(Math.ceil(gateway.clock.nowMs() / 60_000) * 60_000);
    const [first, second] = [await device(), await device()];
    await client.logout(first.cookie);
    gateway.clock.advance(2000);
    const poll = await client.request('/api/auth/revocations');
    expect(poll.headers.get('cache-control')).toBe('public, max-age=1');
    const [next, tag] = [textOf(poll.data, 'next'), poll.headers.get('etag') ?? ''];
    const ask = (since: string, match: string) =>
      client.request(`/api/auth/revocations?since=${since}`, { headers: { 'if-none-match': match } });
    const again = await ask(next, tag);
    expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', tag]);
    for (const match of ['*', `"other", W/${tag}`]) expect((await ask(next, match)).status).toBe(304);
    gateway.clock.advance(2000);
    await client.logout(second.cookie);
    const changed = await ask(next, tag);
    expect([changed.status, changed.text.includes(second.id)]).toEqual([200, true]);
    expect(changed.headers.get('etag')).not.toBe(tag);
    gateway.clock.advance(40_000);
    const seconds = Math.floor(gateway.clock.nowMs() / 1000);
    expect(await entries(`?since=${seconds}`)).toEqual([]);
    expect(await entries(`?since=${seconds + 9000}`)).toEqual([]);
    expect(await entries(`?since=0`)).toHaveLength(2);
  });

  it('names the field of a cursor that is none', async () => {
    await start();
    const wrong = ['', 'x', '-1', '1.5.5', '1e9', '12345678901', '1%00', '1&since=2', '2026-01-01'];
    for (const since of wrong) {
      const answer = await client.request(`/api/auth/revocations?since=${since}`);
      expect([since, answer.status, answer.body['errors']]).toMatchObject([since, 400, [{ campo: 'since' }]]);
    }
  });

  it('is not throttled', async () => {
    await start();
    for (let n = 0; n < 40; n++) expect((await client.request('/api/auth/revocations')).status).toBe(200);
    expect((await client.request('/api/auth/revocations')).headers.get('ratelimit-limit')).toBeNull();
  });

  it('survives a restart, and is the same for a gateway beside it', async () => {
    await start();
    const here = await device();
    const { dataDir, clock } = gateway;
    const beside = await startGateway(
      { DATA_DIR: dataDir, STRATEGIES: 'file', USERS_FILE: usersFile },
      clock,
    );
    await client.logout(here.cookie);
    const read = (url: string) => new Client(url).request('/api/auth/revocations');
    expect((await read(beside.url)).text).toContain(here.id);
    await beside.stop();
    await gateway.stop();
    gateway = await startGateway({ DATA_DIR: dataDir, STRATEGIES: 'file', USERS_FILE: usersFile }, clock);
    expect((await read(gateway.url)).text).toContain(here.id);
  });

  it('is open to bearers only, or to nobody, by REVOCATION_FEED', async () => {
    await start({ REVOCATION_FEED: 'bearer' });
    expect((await client.request('/api/auth/revocations')).body['code']).toBe('UNAUTHORIZED');
    const { token } = await device();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await client.request('/api/auth/revocations', { headers });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'private, max-age=1']);
    const wrong = await client.request('/api/auth/revocations', { headers: { authorization: 'Bearer x' } });
    expect(wrong.body['code']).toBe('INVALID_TOKEN');
    await gateway.stop();
    await start({ REVOCATION_FEED: 'off' });
    expect((await client.request('/api/auth/revocations')).status).toBe(404);
  });

  it('is not there in relay mode, where an empty feed would look as if no session had ended', async () => {
    gateway = await startGateway({
      ...{ STRATEGIES: 'external', EXTERNAL_AUTH_URL: 'http://127.0.0.1:9', EXTERNAL_AUTH_MODE: 'relay' },
      ...{ EXTERNAL_AUTH_JWKS_PATH: '/keys', EXTERNAL_AUTH_SUBJECT: '/claims/sub' },
      ...{ JWT_ISSUER: 'https://auth.example.org', JWT_AUDIENCE: 'app' },
    });
    expect((await new Client(gateway.url).request('/api/auth/revocations')).status).toBe(404);
  });
});
