import { Client, textOf } from './support/client';
import { temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';
import { SourcePrograms, type StartedProgram, type Variables } from './support/source-program';
import { usersFileOfAlice } from './support/users-file';

const password = 'correct horse battery';
const oldKey = { KEY_ENCRYPTION_KEY: 'canary: the old passphrase of more than 32 bytes' };
const onlyNewKey = { KEY_ENCRYPTION_KEY: 'canary: the new passphrase of more than 32 bytes' };
const bothKeys = { ...onlyNewKey, KEY_ENCRYPTION_KEY_PREVIOUS: oldKey.KEY_ENCRYPTION_KEY };
const startMs = 60_000;

interface Gateway {
  readonly program: StartedProgram;
  readonly client: Client;
}

let programs: SourcePrograms;
let shared: Variables;
const started: StartedProgram[] = [];

beforeAll(async () => {
  programs = new SourcePrograms();
  const usersFile = await usersFileOfAlice(password);
  shared = { STRATEGIES: 'file', USERS_FILE: usersFile, JWT_ISSUER: 'https://issuer', PORT: '0' };
});
beforeEach(() => {
  shared = { ...shared, DATA_DIR: temporaryFolder() };
});
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});

function cli(words: string, keys: Variables) {
  return programs.cli(words, { ...shared, ...keys });
}

async function start(keys: Variables): Promise<Gateway> {
  const program = programs.start(['main.ts'], { ...shared, ...keys });
  started.push(program);
  const url = () => /ready on (http:\S+) /.exec(program.output.stdout)?.[1];
  await eventually(() => url() !== undefined || program.child.exitCode !== null, startMs);
  return { program, client: new Client(url() ?? `no gateway: ${program.output.stderr}`) };
}

/** The one is ended when the other one serves. */
async function replaceBy(keys: Variables, { program }: Gateway): Promise<Gateway> {
  const successor = await start(keys);
  program.child.kill('SIGTERM');
  expect((await program.ended).status).toBe(0);
  return successor;
}

async function tokenOf({ client }: Gateway): Promise<string> {
  return textOf((await client.login('alice', password)).data, 'access_token');
}

async function expectAllToTakeAll(gateways: readonly Gateway[], tokens: readonly string[]): Promise<void> {
  for (const { client } of gateways) {
    for (const token of tokens) expect((await client.me(token)).status).toBe(200);
  }
}

async function expectNoStart(keys: Variables): Promise<void> {
  const { status, stdout, stderr } = await programs.run(['main.ts'], { ...shared, ...keys });
  expect([status, stderr]).toEqual([78, expect.stringContaining('- KEY_ENCRYPTION_KEY ') as string]);
  expect(stdout + stderr).not.toContain('canary');
}

describe('keys reseal', () => {
  it('changes KEY_ENCRYPTION_KEY while gateways are replaced one by one, and no token is refused', async () => {
    let [first, second] = [await start(oldKey), await start(oldKey)];
    const tokens = [await tokenOf(first)];
    first = await replaceBy(bothKeys, first);
    expect(first.program.output.stdout).toContain('sealed with KEY_ENCRYPTION_KEY_PREVIOUS; call');
    // The ring changes while the second gateway has the old key only: it must be able to follow.
    const rotated = await cli('keys rotate --now', bothKeys);
    const kid = /(\S+) signs from now on/.exec(rotated.stderr)?.[1] ?? 'none';
    for (const { client } of [first, second]) {
      await eventually(
        async () => (await client.request('/.well-known/jwks.json')).text.includes(kid),
        20_000,
      );
    }
    tokens.push(await tokenOf(first), await tokenOf(second));
    await expectAllToTakeAll([first, second], tokens);

    second = await replaceBy(bothKeys, second);
    const resealed = await cli('keys reseal', bothKeys);
    expect([resealed.status, resealed.stdout]).toEqual([0, '']);
    expect(resealed.stderr).toContain('sealed with KEY_ENCRYPTION_KEY now');
    expect((await cli('keys list', bothKeys)).stderr).toContain('remove KEY_ENCRYPTION_KEY_PREVIOUS');
    await expectNoStart(oldKey);

    first = await replaceBy(onlyNewKey, first);
    tokens.push(await tokenOf(first), await tokenOf(second));
    await expectAllToTakeAll([first, second], tokens);
    const list = await cli('keys list', onlyNewKey);
    expect([list.stdout.match(/\t(current|previous)\t/g), list.stderr]).toEqual([
      ['\tcurrent\t', '\tprevious\t'],
      '',
    ]);
    expect((await cli('keys reseal', onlyNewKey)).stderr).toContain('already');
    const said = [first, second].map(({ program: { output } }) => output.stdout + output.stderr).join('');
    expect(said).not.toContain('canary');
  }, 300_000);

  it('seals what was not sealed, without a change of the keys', async () => {
    const gateway = await start({});
    const token = await tokenOf(gateway);
    const before = await cli('keys list', {});
    expect((await cli('keys list', onlyNewKey)).stderr).toContain('not sealed yet');
    const refused = await cli('keys reseal', {});
    expect([refused.status, refused.stderr]).toEqual([1, 'KEY_ENCRYPTION_KEY is not set\n']);
    expect((await cli('keys reseal', onlyNewKey)).stderr).toContain('before, they were not sealed');
    await expectNoStart({});
    expect(await cli('keys list', onlyNewKey)).toEqual(before);
    // It cannot read the ring any more, and goes on with what it knows.
    await expectAllToTakeAll([gateway, await start(onlyNewKey)], [token]);
  }, 180_000);
});
