import { createHash } from 'node:crypto';
import { clientsAdd } from '../src/cli/clients-add';
import { clientsCheck } from '../src/cli/clients-check';
import type { CommandContext } from '../src/cli/command';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { ClientRegistry } from '../src/clients/client-registry';
import { loadSettings } from '../src/config/load-settings';
import { objectOf } from './support/client';
import { temporaryFolder } from './support/gateway';

const cliSettings = { usersFile: 'none', port: 0, passwordRules };

function passwordRules(): never {
  throw new Error('nobody chooses a password here');
}

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
}

const audit = { record: () => undefined };

async function add(args: readonly string[], input = ''): Promise<Outcome> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const context: CommandContext = {
    settings: cliSettings,
    audit,
    stdin: Readable.from([Buffer.from(input)]),
    stdout,
    stderr,
  };
  await clientsAdd(args, context);
  const text = (stream: PassThrough) => String(stream.read() ?? '');
  return { stdout: text(stdout), stderr: text(stderr) };
}

function registryOf(entry: string): ClientRegistry {
  return new ClientRegistry(loadSettings({ OAUTH_CLIENTS: `[${entry}]` }).settings);
}

describe('clients add', () => {
  it('makes a confidential client that authenticates by the secret that it shows once', async () => {
    const { stdout, stderr } = await add(['api', '--name', 'The API', '--scope', 'openid groups']);
    const [secret = ''] = /^[\w-]{43}$/m.exec(stderr) ?? [];
    expect(stdout).not.toContain(secret);
    const registry = registryOf(stdout);
    expect(registry.authenticate({ clientId: 'api', secret, method: 'client_secret_post' })).toMatchObject({
      clientName: 'The API',
      scope: ['openid', 'groups'],
    });
    const wrong = { clientId: 'api', secret: `${secret.slice(1)}A`, method: 'client_secret_post' } as const;
    expect(() => registry.authenticate(wrong)).toThrow(
      expect.objectContaining({ code: 'INVALID_CLIENT' }) as Error,
    );
    expect((await add(['api'])).stderr).not.toContain(secret);
  });

  it('makes a public client without any secret', async () => {
    const { stdout, stderr } = await add(['app', '--public']);
    expect(objectOf(JSON.parse(stdout))).toEqual({ client_id: 'app' });
    expect(stderr).not.toMatch(/secret/);
  });

  it('takes a secret that somebody chose, and does not show it', async () => {
    const secret = 'chosen by somebody with care';
    const { stdout, stderr } = await add(['api', '--secret-stdin'], `${secret}\n`);
    expect(stdout).toContain(createHash('sha256').update(secret).digest('hex'));
    expect(stdout + stderr).not.toContain(secret);
  });

  it.each([
    ['a short secret', ['api', '--secret-stdin'], 'x'.repeat(23), /shorter than 24/],
    ['a long secret', ['api', '--secret-stdin'], 'x'.repeat(513), /longer than 512/],
    ['a secret of other characters', ['api', '--secret-stdin'], 'ñ'.repeat(24), /printable ASCII/],
    ['a secret of a public client', ['api', '--public', '--secret-stdin'], 'x'.repeat(24), /no secret/],
    ['no name', [], '', /NAME is missing/],
    ['a name with a blank', ['a b'], '', /client_id/],
    ['a scope that is none', ['api', '--scope', 'a"b'], '', /scope/],
    ['an unknown option', ['api', '--secret', 'x'], '', /--secret/],
  ])('refuses %s', async (_case, args, input, text) => {
    await expect(add(args, input)).rejects.toThrow(text);
  });
});

describe('clients check', () => {
  const before = process.env['OAUTH_CLIENTS'];
  afterEach(() => {
    delete process.env['OAUTH_CLIENTS_FILE'];
    if (before === undefined) delete process.env['OAUTH_CLIENTS'];
    else process.env['OAUTH_CLIENTS'] = before;
  });

  async function check(clients: string, variable = 'OAUTH_CLIENTS'): Promise<string> {
    process.env[variable] = clients;
    const { stdin, settings } = { stdin: Readable.from([]), settings: cliSettings };
    const stdout = new PassThrough();
    await clientsCheck([], { stdin, stdout, stderr: stdout, settings, audit });
    return String(stdout.read() ?? '');
  }

  it('shows what the gateway would read, without hashes', async () => {
    const { stdout } = await add(['api', '--scope', 'openid email']);
    expect(await check(`[{"client_id":"app"},${stdout}]`)).toBe(
      'app\tpublic\tnone\t(any scope)\napi\tconfidential\tclient_secret_basic client_secret_post\topenid email\n',
    );
  });

  it('reads the file that OAUTH_CLIENTS_FILE names', async () => {
    const file = join(temporaryFolder(), 'clients.json');
    writeFileSync(file, '[{"client_id":"app","scope":"openid"}]\n');
    expect(await check(file, 'OAUTH_CLIENTS_FILE')).toBe('app\tpublic\tnone\topenid\n');
  });

  it('says what is wrong with the name of the native API', async () => {
    const { stdout } = await add(['gatehouse']);
    await expect(check(`[${stdout}]`)).rejects.toThrow(/JWT_CLIENT_ID/);
  });

  it('says what is wrong', async () => {
    await expect(check('[{"client_id":"a b"}]')).rejects.toThrow(/OAUTH_CLIENTS entry 1: client_id/);
  });
});
