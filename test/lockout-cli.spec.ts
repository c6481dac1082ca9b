import { join } from 'node:path';
import { cheapHash } from './support/cheap-hash';
import { writeUsersFile } from '../src/strategies/file/users-file-access';
import { Client } from './support/client';
import { FakeClock } from './support/fake-clock';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';
import { type Outcome, SourcePrograms } from './support/source-program';

jest.setTimeout(120_000);

const password = 'correct horse battery';
const id = '11111111-1111-4111-8111-111111111111';
let gateway: RunningGateway;
let programs: SourcePrograms;
let env: Record<string, string>;

beforeAll(async () => {
  programs = new SourcePrograms();
  const usersFile = join(temporaryFolder(), 'users.json');
  const alice = { id, username: 'alice', passwordHash: await cheapHash(password) };
  writeUsersFile(usersFile, [{ ...alice, groups: [], roles: [], disabled: false }]);
  env = { STRATEGIES: 'file', USERS_FILE: usersFile, RATE_LIMIT_AUTH_MAX: '1000' };
  // The command line has the machine's clock; this one stands still within the window.
  gateway = await startGateway(env, new FakeClock(Date.now()));
  env = { ...env, DATA_DIR: gateway.dataDir };
});
afterAll(() => gateway.stop());

function accounts(...args: string[]): Promise<Outcome> {
  return programs.run(['cli/main.ts', 'accounts', ...args], env);
}

it('the command line shows and forgets the failed logins of a running gateway', async () => {
  const client = new Client(gateway.url);
  for (let n = 0; n < 5; n++) await client.login('alice', 'wrong');
  expect((await client.login('alice', password)).status).toBe(429);
  const shown = await accounts('show', 'Alice');
  expect(shown.stdout).toMatch(
    new RegExp(`^name\talice\t5\tforgotten at .*Z\naccount\tfile:${id}\t5\t0\t0\tforgotten at .*Z\n$`),
  );
  const unlocked = await accounts('unlock', 'Alice', '--strategy', 'file');
  expect(unlocked.stderr).toContain('Failed logins of alice: are forgotten');
  expect((await client.login('alice', password)).status).toBe(200);
  expect((await accounts('unlock', 'alice')).stderr).toContain('there were none');
});

it('the command line refuses a strategy that is not configured, and a name too many', async () => {
  expect((await accounts('show', 'alice', '--strategy', 'ldap')).stderr).toContain('STRATEGIES');
  expect((await accounts('unlock', 'alice', 'bob')).stderr).toContain('There are words too many');
});
