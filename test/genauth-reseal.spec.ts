import { Client } from './support/client';
import { temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';
import { type Outcome, SourcePrograms, type StartedProgram, type Variables } from './support/source-program';
import { usersFileOfAlice } from './support/users-file';

const oldKey = { KEY_ENCRYPTION_KEY: 'canary: the old passphrase of more than 32 bytes' };
const newKey = { KEY_ENCRYPTION_KEY: 'canary: the new passphrase of more than 32 bytes' };
const bothKeys = { ...newKey, KEY_ENCRYPTION_KEY_PREVIOUS: oldKey.KEY_ENCRYPTION_KEY };
const startMs = 60_000;

let programs: SourcePrograms;
let shared: Variables;
const started: StartedProgram[] = [];

beforeAll(async () => {
  programs = new SourcePrograms();
  const usersFile = await usersFileOfAlice('correct horse battery');
  shared = { COMPAT: 'genauth', STRATEGIES: 'file', USERS_FILE: usersFile, PORT: '0' };
});
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});

/** What a gateway with these settings publishes for passwords, and what it has said until its end. */
async function published(env: Variables): Promise<{ readonly keys: unknown; readonly said: string }> {
  const program = programs.start(['main.ts'], env);
  started.push(program);
  const url = () => /ready on (http:\S+) /.exec(program.output.stdout)?.[1];
  await eventually(() => url() !== undefined || program.child.exitCode !== null, startMs);
  const { body } = await new Client(url() ?? `no gateway: ${program.output.stderr}`).request(
    '/api/v3/system',
  );
  program.child.kill('SIGTERM');
  const { stdout } = await program.ended;
  return { keys: { rsa: body['rsa'], sm2: body['sm2'] }, said: stdout };
}

function cli(words: string, env: Variables): Promise<Outcome> {
  return programs.cli(words, env);
}

describe.each([
  ['with signing keys of our own', {}],
  ['with HS256', { JWT_SECRET: 'a secret of more than thirty-two bytes, for tests' }],
])('the keys for passwords, %s', (_case, algorithm) => {
  it('outlive a change of KEY_ENCRYPTION_KEY by the steps of docs/keys.md', async () => {
    const env = { ...shared, ...algorithm, DATA_DIR: temporaryFolder() };
    const first = await published({ ...env, ...oldKey });
    const second = await published({ ...env, ...bothKeys });
    expect(second.said).toContain('The keys for passwords are sealed with KEY_ENCRYPTION_KEY_PREVIOUS');
    const resealed = await cli('keys reseal', { ...env, ...bothKeys });
    expect([resealed.status, resealed.stderr]).toEqual([
      0,
      expect.stringContaining('The keys for passwords are sealed with KEY_ENCRYPTION_KEY now') as string,
    ]);
    const third = await published({ ...env, ...newKey });
    expect([second.keys, third.keys]).toEqual([first.keys, first.keys]);
    const wrong = await programs.run(['main.ts'], { ...env, ...oldKey });
    expect([wrong.status, wrong.stderr]).toEqual([
      78,
      expect.stringContaining('- KEY_ENCRYPTION_KEY does not open') as string,
    ]);
    expect(second.said + resealed.stderr + wrong.stdout + wrong.stderr).not.toContain('canary');
  }, 240_000);
});
