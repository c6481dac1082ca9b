import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStrategyContract, type StrategyFixture } from '../../../test/contracts/strategy.contract';
import { createLogger } from '../../common/logger';
import { StrategyUnavailable, type Verdict } from '../credential-strategy';
import { DemoUsers } from './demo-users';
import { FileStrategy, hashesAtOnce } from './file.strategy';
import { hashPassword, verifyPassword } from './password-hash';
import type { UserRecord, UserSource } from './user-source';
import { UsersFile } from './users-file';
import { writeUsersFile } from './users-file-access';

const password = 'Räuber & Söhne';
const context = { requestId: 'request-1', address: '192.0.2.1' };
let passwordHashOnce: Promise<string> | undefined;

async function ana(change: Partial<UserRecord> = {}): Promise<UserRecord> {
  passwordHashOnce ??= hashPassword(password);
  return {
    id: '0b6a2a56-3f0e-4d7c-9a55-0d1f6c1f5f01',
    username: 'Ana',
    passwordHash: await passwordHashOnce,
    displayName: 'Ana Ruiz',
    email: 'ana@example.org',
    groups: ['staff'],
    roles: ['clerk'],
    disabled: false,
    ...change,
  };
}

interface FileFixture extends StrategyFixture {
  readonly strategy: FileStrategy;
  readonly path: string;
}

async function makeFixture(
  change: Partial<UserRecord> = {},
  verify: typeof verifyPassword = verifyPassword,
): Promise<FileFixture> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-file-'));
  const path = join(folder, 'users.json');
  const lines: string[] = [];
  const logger = createLogger('trace', { write: (line) => void lines.push(line) });
  writeUsersFile(path, [await ana(change)]);
  const users = new UsersFile({ path, logger });
  return {
    strategy: new FileStrategy({ name: 'file', users, logger, verify }),
    path,
    right: { username: 'ana', password },
    otherCase: ' ANA',
    unknownName: 'bob',
    log: () => lines.join(''),
    stop: () => rmSync(folder, { recursive: true, force: true }),
  };
}

describeStrategyContract('FileStrategy', () => makeFixture());

describe('the file strategy', () => {
  let fixture: FileFixture | undefined;
  const make = async (...given: Parameters<typeof makeFixture>): Promise<FileFixture> => {
    fixture = await makeFixture(...given);
    return fixture;
  };

  afterEach(() => fixture?.stop());

  it('describes the person by the file', async () => {
    const { strategy, right } = await make();
    expect(await strategy.authenticate(right, context)).toEqual({
      accepted: true,
      identity: {
        subject: 'file:0b6a2a56-3f0e-4d7c-9a55-0d1f6c1f5f01',
        username: 'ana',
        displayName: 'Ana Ruiz',
        email: 'ana@example.org',
        groups: ['staff'],
        roles: ['clerk'],
        attributes: {},
        strategy: 'file',
      },
    });
  });

  it('says that an account is disabled only to whoever knows its password', async () => {
    const { strategy, right } = await make({ disabled: true });
    expect(await strategy.authenticate(right, context)).toEqual({
      accepted: false,
      reason: 'account_disabled',
    });
    expect(await strategy.authenticate({ ...right, password: 'wrong' }, context)).toEqual({
      accepted: false,
      reason: 'invalid_credentials',
    });
  });

  it('hashes once with the current cost, whoever asks', async () => {
    const verify = jest.fn(verifyPassword);
    const { strategy } = await make({}, verify);
    for (const username of ['ana', 'nobody']) {
      await strategy.authenticate({ username, password: 'x' }, context);
    }
    const costs = verify.mock.calls.map(([, hash]) => hash.split('$')[2]);
    expect(costs).toEqual(['ln=15,r=8,p=3', 'ln=15,r=8,p=3']);
  });

  it('reads a person again without a password', async () => {
    const { strategy, right, path } = await make();
    const verdict = await strategy.authenticate(right, context);
    if (!verdict.accepted) throw new Error('refused');
    const { identity } = verdict;
    expect(await strategy.reread(identity)).toEqual(identity);
    writeUsersFile(path, [await ana({ username: 'Anna', roles: ['judge'] })]);
    expect(await strategy.reread(identity)).toMatchObject({ username: 'anna', roles: ['judge'] });
    writeUsersFile(path, [await ana({ disabled: true })]);
    expect(await strategy.reread(identity)).toBeUndefined();
    writeUsersFile(path, []);
    expect(await strategy.reread(identity)).toBeUndefined();
    expect(await strategy.reread({ ...identity, subject: 'ldap:1' })).toBeUndefined();
  });

  it('hashes as many passwords at a time as it is told and lets at most 64 wait', async () => {
    const finish: (() => void)[] = [];
    const verify = (): Promise<boolean> => new Promise((resolve) => finish.push(() => resolve(true)));
    const { right } = await make();
    const user = await ana();
    const users: UserSource = {
      findByName: () => Promise.resolve(user),
      findById: () => Promise.resolve(user),
    };
    const logger = createLogger('silent');
    const strategy = new FileStrategy({ name: 'file', users, logger, verify, mostRunning: 2 });
    const logins: Promise<Verdict>[] = Array.from({ length: 66 }, () =>
      strategy.authenticate(right, context),
    );
    await expect(strategy.authenticate(right, context)).rejects.toBeInstanceOf(StrategyUnavailable);
    expect(finish).toHaveLength(2);
    while (finish.length > 0) {
      finish.shift()?.();
      await new Promise(setImmediate);
    }
    expect((await Promise.all(logins)).every(({ accepted }) => accepted)).toBe(true);
  });

  it('lets a fault of its source that is no outage through', async () => {
    const users: UserSource = {
      findByName: () => Promise.reject(new TypeError('a bug')),
      findById: () => Promise.resolve(undefined),
    };
    const strategy = new FileStrategy({ name: 'file', users, logger: createLogger('silent') });
    await expect(strategy.authenticate({ username: 'ana', password }, context)).rejects.toThrow('a bug');
  });
});

it.each([
  [1, 1, 1],
  [2, 1, 1],
  [3, 1, 2],
  [64, 1, 2],
  [2, 2, 1],
  [4, 2, 1],
  [8, 3, 2],
  [4, 64, 1],
])(
  '%i processors and %i processes hash %i passwords each at the same time',
  (processors, processes, expected) => {
    expect(hashesAtOnce(processors, processes)).toBe(expected);
  },
);

describe('the demo user', () => {
  it('has a new password at each start and always the same subject', async () => {
    const [first, second] = await Promise.all([DemoUsers.create(), DemoUsers.create()]);
    const demoPassword = first.takePassword() ?? '';
    expect(demoPassword).toMatch(/^[\w-]{16,}$/);
    expect(second.takePassword()).not.toBe(demoPassword);
    expect(first.takePassword()).toBeUndefined();
    const strategy = new FileStrategy({ name: 'file', users: first, logger: createLogger('silent') });
    expect(await strategy.authenticate({ username: 'Demo', password: demoPassword }, context)).toMatchObject({
      accepted: true,
      identity: { subject: 'file:demo', username: 'demo', email: 'demo@example.org' },
    });
    expect(await first.findById('demo')).toBeDefined();
    expect(JSON.stringify(first)).not.toContain(demoPassword);
  });
});
