import { join } from 'node:path';
import { cheapHash } from './support/cheap-hash';
import { writeUsersFile } from '../src/strategies/file/users-file-access';
import { type Answer, Client, cookieOf, textOf } from './support/client';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';

const password = 'correct horse battery';
let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  const usersFile = join(temporaryFolder(), 'users.json');
  const alice = {
    id: '11111111-1111-4111-8111-111111111111',
    username: 'alice',
    displayName: 'Alice Ångström',
  };
  const passwordHash = await cheapHash(password);
  const groups = ['staff'];
  writeUsersFile(usersFile, [{ ...alice, passwordHash, groups, roles: ['admin'], disabled: false }]);
  gateway = await startGateway({ STRATEGIES: 'file', USERS_FILE: usersFile, RATE_LIMIT_MAX: '5' });
  client = new Client(gateway.url);
});
afterAll(() => gateway.stop());

function verify(query: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return client.request(`/api/auth/verify${query}`, { headers });
}

describe('/api/auth/verify', () => {
  it('lets a bearer in and names them; headers of the client do not pass', async () => {
    const token = textOf((await client.login('alice', password)).data, 'access_token');
    const answer = await verify('', { authorization: `Bearer ${token}`, 'remote-user': 'root' });
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(answer.headers.get('remote-user')).toBe('alice');
    expect(answer.headers.get('remote-groups')).toBe('staff');
    expect(Buffer.from(answer.headers.get('remote-name') ?? '', 'latin1').toString()).toBe('Alice Ångström');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('asks for a role, one of several', async () => {
    const token = textOf((await client.login('alice', password)).data, 'access_token');
    const authorization = `Bearer ${token}`;
    const asked = ['?role=admin', '?role=x&role=admin', '?role=x', '?role=', '?role[a]=admin'];
    const statuses = [];
    for (const query of asked) statuses.push((await verify(query, { authorization })).status);
    expect(statuses.slice(0, 4)).toEqual([200, 200, 403, 400]);
    // An unknown parameter asks for nothing.
    expect(statuses[4]).toBe(200);
  });

  it('keeps out who has no token, a bad one, or one of an ended session, at once', async () => {
    const login = await client.login('alice', password);
    const authorization = `Bearer ${textOf(login.data, 'access_token')}`;
    expect((await verify('', {})).body['code']).toBe('UNAUTHORIZED');
    expect((await verify('', { authorization: `${authorization}x` })).body['code']).toBe('INVALID_TOKEN');
    // The cookie of refreshes opens nothing here.
    expect((await verify('', { cookie: cookieOf(login) })).status).toBe(401);
    expect((await verify('', { authorization })).status).toBe(200);
    await client.logout(cookieOf(login));
    expect((await verify('', { authorization })).body['code']).toBe('INVALID_TOKEN');
  });

  it('is never throttled', async () => {
    const authorization = `Bearer ${textOf((await client.login('alice', password)).data, 'access_token')}`;
    const answers = await Promise.all(Array.from({ length: 50 }, () => verify('', { authorization })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });
});
