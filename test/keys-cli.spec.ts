import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { SystemClock } from '../src/common/clock';
import { Store } from '../src/stores/store';
import { Client, objectOf, textOf } from './support/client';
import { FakeClock } from './support/fake-clock';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';
import { type Outcome, SourcePrograms, type Variables } from './support/source-program';

// Each command is a process of its own, which takes its time on a busy machine.
jest.setTimeout(120_000);

const jwks = '/.well-known/jwks.json';
const running: RunningGateway[] = [];
const everything: string[] = [];
/** Of the command line, which would write it to standard error else. */
const auditLog = join(temporaryFolder(), 'audit.log');
const secret = 'q7Rk2vN9sXw4tYc1zRf8hLj3pDg6aUe0';
/** Which key signs is seen by logging in, over and over until it is another one; the first session must outlive that. */
const manyLogins = { RATE_LIMIT_AUTH_MAX: '100000', SESSIONS_MAX_PER_PERSON: '1000' };
let programs: SourcePrograms;

beforeAll(() => {
  programs = new SourcePrograms();
});

afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.stop();
});

function cli(args: string, env: Variables): Promise<Outcome> {
  return run(['cli/main.ts', ...args.split(' ')], { AUDIT_LOG: auditLog, ...env });
}

async function run(program: readonly string[], env: Variables): Promise<Outcome> {
  const outcome = await programs.run(program, env);
  everything.push(outcome.stdout, outcome.stderr);
  return outcome;
}

/** The command line has the machine's clock, so the gateway beside it must have the same time. */
class RealClock extends FakeClock {
  private readonly real = new SystemClock();
  private aheadMs = 0;

  override nowMs(): number {
    return this.real.nowMs() + this.aheadMs;
  }

  override advance(ms: number): void {
    this.aheadMs += ms;
  }
}

async function start(env: Readonly<Record<string, string>> = {}, clock = new RealClock()) {
  const gateway = await startGateway({ ...manyLogins, ...env }, clock);
  running.push(gateway);
  return { gateway, clock, env: { ...env, DATA_DIR: gateway.dataDir } };
}

async function tokenOf(gateway: RunningGateway): Promise<string> {
  const answer = await new Client(gateway.url).login('demo', gateway.demoPassword);
  return textOf(answer.data, 'access_token');
}

async function currentOf(gateway: RunningGateway): Promise<string> {
  return decodeProtectedHeader(await tokenOf(gateway)).kid ?? '';
}

async function kidsOf(gateway: RunningGateway): Promise<unknown[]> {
  const { body } = await new Client(gateway.url).request(jwks);
  return Array.isArray(body['keys']) ? body['keys'].map((key) => objectOf(key)['kid']) : [];
}

async function statusOf(gateway: RunningGateway, token: string): Promise<number> {
  return (await new Client(gateway.url).me(token)).status;
}

/** No private part, of whatever key, may have come out of the command line, the log or the key set. */
async function expectNothingPrivate(gateway: RunningGateway): Promise<void> {
  const record = await gateway.app.get(Store, { strict: false }).read('keys:signing');
  const parts = [...(record?.value ?? '').matchAll(/"(?:d|sealedJwk)":"([^"]+)"/g)].map(
    ([, part = '']) => part,
  );
  expect(parts.length).toBeGreaterThan(0);
  const { text } = await new Client(gateway.url).request(jwks);
  const audit = existsSync(auditLog) ? readFileSync(auditLog, 'utf8') : '';
  const seen = [...everything, audit, gateway.logs(), text].join('\n');
  expect(parts.filter((part) => seen.includes(part))).toEqual([]);
}

describe('keys list', () => {
  it('shows the keys of the running gateway, without a private part', async () => {
    const { gateway, env } = await start();
    const { status, stdout } = await cli('keys list', env);
    const since = String.raw`signs since \d{4}-\d\d-\d\dT[\d:.]+Z`;
    expect(stdout).toMatch(new RegExp(`^${await currentOf(gateway)}\tES256\tcurrent\t${since}\n$`));
    expect(status).toBe(0);
    await expectNothingPrivate(gateway);
  });

  it.each([
    ['before the first start', {}, 'is missing'],
    ['with HS256', { JWT_SECRET: secret }, 'JWT_ALGORITHM is HS256'],
  ])('says in a line that there are none %s', async (_case, env, text) => {
    const { status, stdout, stderr } = await cli('keys list', { DATA_DIR: temporaryFolder(), ...env });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(text);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('says in a line that Redis cannot be reached', async () => {
    const { status, stderr } = await cli('keys list', { REDIS_URL: 'redis://:canary@127.0.0.1:1' });
    expect(status).toBe(1);
    expect(stderr).toContain('store: ');
    expect(stderr).not.toContain('canary');
  });
});

describe('keys rotate', () => {
  it('publishes a next key and says when, then makes it sign, and no token is refused', async () => {
    const { gateway, clock, env } = await start();
    const before = await tokenOf(gateway);
    const first = await cli('keys rotate', env);
    const said =
      /The next key, (\S+), is published. It can be made to sign from (\S+) on.* from (\S+) on/.exec(
        first.stderr,
      );
    const [, next = '', soon = '', later = ''] = said ?? [];
    expect(Date.parse(later) - Date.parse(soon)).toBe(24 * 3600_000 - 360_000);
    await eventually(async () => (await kidsOf(gateway)).includes(next), 20_000);
    expect((await cli('keys rotate', env)).stderr).toBe(first.stderr);
    expect(await currentOf(gateway)).toBe(decodeProtectedHeader(before).kid);
    clock.advance(24 * 3600_000);
    await eventually(async () => (await currentOf(gateway)) === next, 20_000);
    expect((await cli('keys list', env)).stdout).toMatch(/\tprevious\tsigned until \S+\tremoved after \S+\n/);
    clock.advance(-24 * 3600_000);
    expect(await statusOf(gateway, before)).toBe(200);
    await expectNothingPrivate(gateway);
  });

  it('does not wait with --now, and warns', async () => {
    const { gateway, env } = await start();
    const before = await tokenOf(gateway);
    const { status, stderr } = await cli('keys rotate --now', env);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^Warning: /);
    const kid = /(\S+) signs from now on/.exec(stderr)?.[1];
    await eventually(async () => (await currentOf(gateway)) === kid, 20_000);
    expect(await statusOf(gateway, before)).toBe(200);
    await expectNothingPrivate(gateway);
  });

  it('seals what is plain when KEY_ENCRYPTION_KEY is set, and needs the right one', async () => {
    const { gateway, env } = await start();
    const store = gateway.app.get(Store, { strict: false });
    expect((await store.read('keys:signing'))?.value).toContain('privateJwk');
    const sealing = { ...env, KEY_ENCRYPTION_KEY: secret };
    expect((await cli('keys rotate', sealing)).status).toBe(0);
    expect((await store.read('keys:signing'))?.value).not.toContain('privateJwk');
    const wrong = await cli('keys list', { ...env, KEY_ENCRYPTION_KEY: `canary ${secret}` });
    expect([wrong.status, wrong.stdout]).toEqual([1, '']);
    expect(wrong.stderr).toContain('KEY_ENCRYPTION_KEY does not open');
    expect(wrong.stderr).not.toContain('canary');
    const started = await run(['main.ts'], { ...env, PORT: '0', KEY_ENCRYPTION_KEY: `canary ${secret}` });
    expect(started.status).toBe(78);
    expect(started.stderr).toContain('- KEY_ENCRYPTION_KEY does not open');
    expect(started.stdout + started.stderr).not.toContain('canary');
    // The gateway has no key to open them with, and goes on with what it knows.
    expect(await statusOf(gateway, await tokenOf(gateway))).toBe(200);
  });
});

describe('keys retire', () => {
  it('refuses the tokens of a current key within seconds; another one signs', async () => {
    const { gateway, env } = await start();
    const stolen = await tokenOf(gateway);
    const kid = decodeProtectedHeader(stolen).kid ?? '';
    const { status, stderr } = await cli(`keys retire ${kid}`, env);
    expect(status).toBe(0);
    const current = /(\S+) signs from now on/.exec(stderr)?.[1];
    await eventually(async () => (await statusOf(gateway, stolen)) === 401, 20_000);
    const token = await tokenOf(gateway);
    expect(decodeProtectedHeader(token).kid).toBe(current);
    expect(await kidsOf(gateway)).toEqual([current]);
    expect(await statusOf(gateway, token)).toBe(200);
    await expectNothingPrivate(gateway);
  });

  it('refuses a kid that is none, also one that looks like an option', async () => {
    const { env } = await start();
    const unknown = await cli(`keys retire -${'a'.repeat(42)}`, env);
    expect([unknown.status, unknown.stderr]).toEqual([
      1,
      'There is no key with this KID; `keys list` shows all\n',
    ]);
    expect((await cli('keys retire', env)).status).toBe(2);
  });
});
