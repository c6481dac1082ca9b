import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createLogger } from '../src/common/logger';
import type { Verdict } from '../src/strategies/credential-strategy';
import { FileStrategy } from '../src/strategies/file/file.strategy';
import { UsersFile } from '../src/strategies/file/users-file';
import { freePort } from './servers/process';
import { typescriptHook } from './support/source-program';

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const root = resolve(__dirname, '..');
const password = 'la contraseña';
const log = createLogger('silent');

let folder: string;
let usersFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'));
  usersFile = join(folder, 'data', 'users.json');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface CliOptions {
  readonly input?: string | Buffer;
  readonly env?: Record<string, string>;
}

/** Runs the command line from its sources in an empty folder, with only the settings given here: what was built last may be older. */
function cli(args: string, { input = '', env = {} }: CliOptions = {}): Promise<Outcome> {
  const main = join(root, 'src', 'cli', 'main.ts');
  const words = args.split(' ').map((word) => word.replaceAll('_', ' '));
  const child = spawn(process.execPath, ['-r', typescriptHook, main, ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
  });
  return new Promise((done, reject) => {
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    // A command that refuses at once does not wait for its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('error', reject);
    child.on('close', (status) => done({ status, ...output }));
  });
}

async function add(name: string, rest = ''): Promise<void> {
  const outcome = await cli(`users add ${name} --password-stdin${rest}`, { input: `${password}\n` });
  expect(outcome).toMatchObject({ status: 0, stdout: '' });
}

function login(username: string, given = password): Promise<Verdict> {
  const users = new UsersFile({ path: usersFile, logger: log });
  const strategy = new FileStrategy({ name: 'file', users, logger: log });
  return strategy.authenticate({ username, password: given }, { requestId: 'r', address: '192.0.2.1' });
}

describe('users add', () => {
  it('makes the file, private, with a user who can log in', async () => {
    await add('Ana', ' --display-name Ana_Ruiz --email a@example.org --group x --group y --role z');
    expect(statSync(usersFile).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    expect(await login('ana')).toMatchObject({
      accepted: true,
      identity: {
        username: 'ana',
        displayName: 'Ana Ruiz',
        email: 'a@example.org',
        groups: ['x', 'y'],
        roles: ['z'],
      },
    });
    expect(readFileSync(usersFile, 'utf8')).not.toContain(password);
  });

  it('writes to USERS_FILE, also when the gateway could not start and .env says so', async () => {
    const elsewhere = join(folder, 'elsewhere.json');
    writeFileSync(
      join(folder, '.env'),
      `USERS_FILE=${elsewhere}\nNODE_ENV=production\nSTRATEGIES=nonsense\n`,
    );
    await add('ana');
    expect(statSync(elsewhere).mode & 0o777).toBe(0o600);
  });

  it('takes the first line as it is, and nothing after it', async () => {
    const given = '  spaces and "ñ" ';
    const outcome = await cli('users add ana --password-stdin', { input: `${given}\r\nnext line\n` });
    expect(outcome.status).toBe(0);
    expect(await login('ana', given)).toMatchObject({ accepted: true });
  });

  it('refuses a name that is taken, in whatever letters', async () => {
    await add('ana');
    const before = readFileSync(usersFile, 'utf8');
    const outcome = await cli('users add ANA --password-stdin', { input: `${password}\n` });
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toContain('already a user "ANA"');
    expect(readFileSync(usersFile, 'utf8')).toBe(before);
  });

  it('refuses a short password and changes nothing', async () => {
    const outcome = await cli('users add ana --password-stdin', { input: 'sécreto\n' });
    expect(outcome).toMatchObject({ status: 1, stderr: 'The new password is shorter than 8 characters\n' });
    expect(statSync(usersFile, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('refuses a password in another encoding', async () => {
    const input = Buffer.from('contraseña larga\n', 'latin1');
    const outcome = await cli('users add ana --password-stdin', { input });
    expect(outcome).toMatchObject({ status: 1, stderr: 'The password is not UTF-8\n' });
  });

  it('refuses a broken file and leaves it alone, without showing what is in it', async () => {
    const broken = '{"users":[{"passwordHash":"canary"}]}';
    mkdirSync(join(folder, 'data'));
    writeFileSync(usersFile, broken);
    const outcome = await cli('users add ana --password-stdin', { input: `${password}\n` });
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain('users.json: users[0].id must be a UUID');
    expect(outcome.stderr).not.toContain('canary');
    expect(readFileSync(usersFile, 'utf8')).toBe(broken);
  });
});

describe('the other commands for users', () => {
  it('passwd replaces the password', async () => {
    await add('ana');
    const outcome = await cli('users passwd Ana --password-stdin', { input: 'another one\n' });
    expect(outcome.status).toBe(0);
    expect(await login('ana')).toMatchObject({ accepted: false });
    expect(await login('ana', 'another one')).toMatchObject({ accepted: true });
  });

  it('disable and enable', async () => {
    await add('ana');
    expect((await cli('users disable ana')).status).toBe(0);
    expect(await login('ana')).toEqual({ accepted: false, reason: 'account_disabled' });
    expect((await cli('users list')).stdout).toMatch(/^ana\tdisabled\t/);
    expect((await cli('users enable ana')).status).toBe(0);
    expect(await login('ana')).toMatchObject({ accepted: true });
  });

  it('remove makes room for another person of the same name', async () => {
    await add('ana');
    const first = await login('ana');
    expect((await cli('users remove ana')).status).toBe(0);
    expect(await login('ana')).toMatchObject({ accepted: false });
    await add('ana');
    const second = await login('ana');
    if (!first.accepted || !second.accepted) throw new Error('refused');
    expect(second.identity.subject).not.toBe(first.identity.subject);
  });

  it('list writes one line for each user, and no hash', async () => {
    expect(await cli('users list')).toEqual({ status: 0, stdout: '', stderr: '' });
    await add('ana', ' --display-name Ana_Ruiz --group x --group y --role z');
    const { stdout } = await cli('users list');
    expect(stdout).toMatch(/^ana\tenabled\t[0-9a-f-]{36}\tAna Ruiz\tx,y\tz\n$/);
  });

  it.each(['passwd', 'remove', 'disable', 'enable'])('%s refuses a name that nobody has', async (command) => {
    const outcome = await cli(`users ${command} bob`);
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toContain('no user "bob"');
  });
});

describe('calling it wrongly', () => {
  it.each([
    ['nothing', ''],
    ['an unknown command', 'users frobnicate ana'],
    ['no name', 'users add'],
    ['an unknown option', 'users add ana --password=canary-1'],
    ['a password as an argument', 'users add ana canary-1'],
    ['a control character', 'users add ana --display-name a\u0007b'],
    ['no terminal and no --password-stdin', 'users add ana'],
  ])('ends with status 2 for %s', async (_case, args) => {
    const outcome = await cli(args);
    expect(outcome).toMatchObject({ status: 2, stdout: '' });
    expect(outcome.stderr).toContain('Usage:');
    expect(outcome.stderr).not.toContain('canary');
  });

  it('help helps, whatever the settings are', async () => {
    const outcome = await cli('help', { env: { PORT: 'nonsense' } });
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(outcome.stdout).toContain('users add NAME');
    expect(await cli('users list', { env: { PORT: 'nonsense' } })).toMatchObject({ status: 1 });
  });
});

describe('health', () => {
  it.each([
    [200, 0],
    [503, 1],
  ])('of a gateway that answers %i ends with %i', async (answer, status) => {
    const paths: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url);
      response.writeHead(answer).end('{}');
    });
    const port = await freePort();
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    const outcome = await cli('health', { env: { PORT: String(port), HOST: '0.0.0.0' } });
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    expect(outcome.status).toBe(status);
    expect(paths).toEqual(['/health/live']);
  });

  it('of nobody ends with 1', async () => {
    const port = await freePort();
    const outcome = await cli('health', { env: { PORT: String(port) } });
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toContain('ECONNREFUSED');
  });

  it('of a gateway that hangs ends with 1 after three seconds', async () => {
    const server = createServer(() => undefined);
    const port = await freePort();
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    const startedMs = performance.now();
    const outcome = await cli('health', { env: { PORT: String(port) } });
    const tookMs = performance.now() - startedMs;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain('no answer in 3000 ms');
    expect(tookMs).toBeLessThan(20_000);
  });
});

describe('commands at the same time', () => {
  it('lose nothing', async () => {
    for (const name of ['u1', 'u2', 'u3'])
      await cli(`users add ${name} --password-stdin`, { input: `${password}\n` });
    await Promise.all(['u1', 'u2', 'u3'].map((name) => cli(`users disable ${name}`)));
    const { stdout } = await cli('users list');
    expect(stdout.match(/disabled/g)).toHaveLength(3);
  });
});
