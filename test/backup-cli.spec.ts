import { cpSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Answer, Client, cookieOf, textOf } from './support/client';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';
import { type Outcome, SourcePrograms } from './support/source-program';

// Each command is a process of its own, which takes its time on a busy machine.
jest.setTimeout(180_000);

const freely = { RATE_LIMIT_AUTH_MAX: '1000', RATE_LIMIT_MAX: '1000000', SESSIONS_MAX_PER_PERSON: '1000' };
const running: RunningGateway[] = [];
const sample = join(temporaryFolder(), 'sample');
let programs: SourcePrograms;

beforeAll(async () => {
  programs = new SourcePrograms();
  const gateway = await startGateway();
  const { status, stderr } = await backup(sample, gateway.dataDir);
  await gateway.stop();
  expect([status, stderr]).toEqual([0, expect.stringContaining('holds 3 files')]);
});

afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.stop();
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<RunningGateway> {
  const gateway = await startGateway({ ...freely, ...env });
  running.push(gateway);
  return gateway;
}

function logIn({ url, demoPassword }: RunningGateway): Promise<Answer> {
  return new Client(url).login('demo', demoPassword);
}

/** Refreshes one session without a pause until `work` has ended, and tells how often that was acknowledged. */
async function whileRefreshing(gateway: RunningGateway, work: () => Promise<unknown>): Promise<number> {
  const client = new Client(gateway.url);
  let cookie = cookieOf(await logIn(gateway));
  let isOver = false;
  let refreshes = 0;
  const over = work().finally(() => (isOver = true));
  while (!isOver) {
    const answer = await client.refresh(cookie);
    if (answer.status !== 200) throw new Error(`a refresh was answered ${answer.status}`);
    cookie = cookieOf(answer);
    refreshes++;
  }
  await over;
  return refreshes;
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

function backup(folder: string, dataDir: string): Promise<Outcome> {
  return programs.run(['cli/main.ts', 'backup', folder], { DATA_DIR: dataDir });
}

function restore(folder: string, dataDir: string): Promise<Outcome> {
  return programs.run(['cli/main.ts', 'restore', folder], { DATA_DIR: dataDir });
}

describe('backup and restore', () => {
  it('take a running gateway to a new one, in which sessions and tokens go on', async () => {
    const gateway = await start();
    const [before, others] = [await logIn(gateway), await logIn(gateway)];
    const folder = join(temporaryFolder(), 'copy');
    const refreshes = await whileRefreshing(gateway, () => backup(folder, gateway.dataDir));
    expect(refreshes).toBeGreaterThan(0);
    const after = await logIn(gateway);
    const movedOn = await new Client(gateway.url).refresh(
      cookieOf(await new Client(gateway.url).refresh(cookieOf(others))),
    );
    await gateway.stop();
    const folders = [folder, join(folder, 'store')].map(modeOf);
    const files = ['store/data.mdb', 'refresh-token.key', 'backup.json'].map((name) =>
      modeOf(join(folder, name)),
    );
    expect([folders, files]).toEqual([
      [0o700, 0o700],
      [0o600, 0o600, 0o600],
    ]);

    const dataDir = join(temporaryFolder(), 'data');
    expect(await restore(folder, dataDir)).toMatchObject({ status: 0, stdout: '' });
    expect(readdirSync(dataDir).toSorted()).toEqual(['audit-names.key', 'refresh-token.key', 'store']);
    const client = new Client((await start({ DATA_DIR: dataDir })).url);
    expect((await client.me(textOf(before.data, 'access_token'))).status).toBe(200);
    const refreshed = await client.refresh(cookieOf(before));
    expect(refreshed.status).toBe(200);
    expect((await client.refresh(cookieOf(refreshed))).status).toBe(200);
    expect((await client.refresh(cookieOf(movedOn))).status).toBe(200);
    const unknown = await client.refresh(cookieOf(after));
    expect([unknown.status, unknown.text]).toEqual([401, expect.stringContaining('REFRESH_TOKEN_INVALID')]);
  });

  it('leave alone what is there already', async () => {
    const again = await backup(sample, temporaryFolder());
    expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('is there already')]);
    const dataDir = temporaryFolder();
    writeFileSync(join(dataDir, 'refresh-token.key'), 'of another gateway');
    const { status, stderr } = await restore(sample, dataDir);
    expect([status, stderr]).toEqual([1, expect.stringContaining('holds refresh-token.key')]);
    expect(readFileSync(join(dataDir, 'refresh-token.key'), 'utf8')).toBe('of another gateway');
    expect(readdirSync(dataDir)).toEqual(['refresh-token.key']);
  });

  it('put nothing anywhere while nobody has said where the gateway has its data', async () => {
    const { status, stderr } = await programs.run(['cli/main.ts', 'restore', sample], {});
    expect([status, stderr]).toEqual([1, expect.stringContaining('DATA_DIR is not set')]);
  });

  it('write nothing of a back-up whose store was cut short', async () => {
    const folder = join(temporaryFolder(), 'spoilt');
    cpSync(sample, folder, { recursive: true });
    truncateSync(join(folder, 'store/data.mdb'), 4096);
    const dataDir = temporaryFolder();
    const { status, stderr } = await restore(folder, dataDir);
    expect([status, stderr]).toEqual([1, expect.stringContaining('store/data.mdb in ')]);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('say in a line where there is nothing for them', async () => {
    const empty = temporaryFolder();
    const redis = { REDIS_URL: 'redis://:canary@127.0.0.1:1', DATA_DIR: empty };
    const outcomes = await Promise.all([
      backup(join(empty, 'copy'), empty),
      restore(join(empty, 'none'), join(empty, 'data')),
      programs.run(['cli/main.ts', 'backup', join(empty, 'copy')], redis),
    ]);
    const texts = ['data.mdb is missing', 'no whole back-up', 'lie in Redis'];
    for (const [index, { status, stderr }] of outcomes.entries()) {
      expect([status, stderr]).toEqual([1, expect.stringContaining(texts[index] ?? '')]);
      expect(stderr).not.toContain('canary');
    }
    expect(readdirSync(empty)).toEqual([]);
  });
});
