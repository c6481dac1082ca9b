import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { noTriesLeft } from '../src/strategies/account-at-risk';
import { run, ServerProcess } from './servers/process';
import { type Answer, Client, cookieOf, objectOf, textOf } from './support/client';
import { temporaryFolder } from './support/gateway';

jest.setTimeout(300_000);

const root = join(__dirname, '..');
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const alba = { name: 'alba', email: 'alba@club.example', password: 'green-kettle-42' };
const bruno = { name: 'bruno', password: 'quiet-harbour-17' };

/** What `npm install` would leave of the example and of the package that `npm pack` makes. */
async function installed(): Promise<string> {
  const folder = temporaryFolder();
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'gatehouse'), { recursive: true });
  await run(process.execPath, [join(root, 'scripts', 'build-if-needed.js')], { cwd: root });
  const packed = await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
  });
  const tarball = /^gatehouse-\S+\.tgz$/m.exec(packed)?.[0] ?? '';
  await run('tar', ['-xzf', join(folder, tarball), '-C', join(modules, 'gatehouse'), '--strip-components=1']);
  const libraries = readdirSync(join(root, 'node_modules')).filter((name) => !name.startsWith('.'));
  for (const name of libraries) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  const copied = ['src', 'tsconfig.json', 'members.json'];
  for (const name of copied)
    cpSync(join(root, 'examples', 'nest', name), join(folder, name), { recursive: true });
  return folder;
}

let folder: string;
let server: ServerProcess | undefined;

beforeAll(async () => {
  folder = await installed();
  await run(process.execPath, [tsc, '-p', folder], { cwd: folder });
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

/** Starts the example as its own process, and reads from its output where it listens. */
async function startExample(settings: readonly string[] = []): Promise<Client> {
  const logFile = join(temporaryFolder(), 'example.log');
  const url = (log: string) => /ready on (http:\S+)/.exec(log)?.[1];
  const own = [`DATA_DIR=${temporaryFolder()}`, `MEMBERS_FILE=${join(folder, 'members.json')}`, 'PORT=0'];
  server = await ServerProcess.start({
    command: '/usr/bin/env',
    args: ['NODE_ENV=test', ...own, ...settings, process.execPath, join(folder, 'dist', 'main.js')],
    logFile,
    isReady: (log) => Promise.resolve(url(log) !== undefined),
    readyTimeoutMs: 120_000,
  });
  return new Client(url(server.log()) ?? '');
}

const bearer = ({ data }: Answer) => ({ authorization: `Bearer ${textOf(data, 'access_token')}` });

function auditLines(): readonly object[] {
  const lines = (server?.log() ?? '').split('\n').filter((line) => line.startsWith('{"audit":true'));
  return lines.map((line) => objectOf(JSON.parse(line)));
}

describe('examples/nest', () => {
  it('logs in, refreshes, protects its routes, and leaves audit lines', async () => {
    const client = await startExample();
    expect((await client.request('/notes')).status).toBe(401);
    expect((await client.request('/notes/club')).body).toEqual({ members: 2 });
    const login = await client.login(alba.email, alba.password);
    expect(login.data['user']).toMatchObject({
      sub: 'members:m-1001',
      username: 'alba',
      strategy: 'members',
    });
    const refreshed = await client.refresh(cookieOf(login));
    expect(refreshed.status).toBe(200);
    const headers = bearer(refreshed);
    const note = await client.request('/notes', { method: 'POST', body: { text: 'buy tea' }, headers });
    expect(note.body).toEqual({ notes: ['buy tea'] });
    expect((await client.request('/notes', { headers })).body).toEqual({
      of: 'Alba Ríos',
      notes: ['buy tea'],
    });
    const empty = await client.request('/notes', { method: 'POST', body: { text: '' }, headers });
    expect([empty.status, empty.body['code']]).toEqual([400, 'VALIDATION_ERROR']);
    expect((await client.request('/notes/all', { headers })).body).toEqual({ notes: ['buy tea'] });
    const other = bearer(await client.login(bruno.name, bruno.password));
    expect((await client.request('/notes/all', { headers: other })).status).toBe(403);
    await server?.stop();
    const person = { subject: 'members:m-1001', strategy: 'members' };
    expect(auditLines()).toContainEqual(
      expect.objectContaining({ event: 'login', outcome: 'success', username: 'alba', ...person }),
    );
    expect(server?.log()).not.toContain(alba.password);
  });

  it('refuses a wrong password, and locks guesses out whichever name they use', async () => {
    const client = await startExample(['LOCKOUT_MAX_FAILURES=3', 'REFUSAL_FLOOR_MS=0']);
    for (const name of [alba.name, alba.email, alba.name]) {
      const { status, body } = await client.login(name, 'a-guess');
      expect([status, body['code']]).toEqual([401, 'UNAUTHORIZED']);
    }
    expect((await client.login(alba.email, alba.password)).status).toBe(401);
    expect((await client.login(bruno.name, bruno.password)).status).toBe(200);
    await server?.stop();
    expect(auditLines()).toContainEqual(
      expect.objectContaining({
        event: 'login',
        outcome: 'refused',
        reason: `members: ${noTriesLeft}`,
      }),
    );
  });

  it('limits the logins of an address', async () => {
    const client = await startExample(['RATE_LIMIT_AUTH_MAX=2', 'REFUSAL_FLOOR_MS=0']);
    const logins = [];
    for (let n = 0; n < 3; n++) logins.push((await client.login(`nobody${n}`, 'a-guess')).status);
    expect(logins).toEqual([401, 401, 429]);
  });

  it('answers 503 while its table cannot be read, and never a wrong password', async () => {
    const client = await startExample();
    const members = join(folder, 'members.json');
    renameSync(members, `${members}.away`);
    try {
      const { status, body } = await client.login(alba.name, alba.password);
      expect([status, body['code']]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    } finally {
      renameSync(`${members}.away`, members);
    }
    expect((await client.login(alba.name, alba.password)).status).toBe(200);
    await server?.stop();
    expect(auditLines()).toContainEqual(
      expect.objectContaining({ event: 'login', outcome: 'unavailable', strategy: 'members' }),
    );
  });

  it('uses nothing of the gateway but the package itself', () => {
    const sources = readdirSync(join(root, 'examples', 'nest', 'src'));
    for (const name of sources) {
      const text = readFileSync(join(root, 'examples', 'nest', 'src', name), 'utf8');
      expect(text).not.toMatch(/from '(?:\.\.|gatehouse\/)/);
    }
  });
});
