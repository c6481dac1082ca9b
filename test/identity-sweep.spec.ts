import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { IdentitySweep } from '../src/auth/identity-sweep';
import { WelcomeCheck } from '../src/auth/welcome-check';
import type { AuditEvent } from '../src/common/audit-trail';
import { loadSettings } from '../src/config/load-settings';
import { RefreshTokenCodec } from '../src/sessions/refresh-token';
import { LocalRefreshTokenKey } from '../src/sessions/refresh-token-key';
import { SessionService } from '../src/sessions/session.service';
import { SweepLease } from '../src/sessions/sweep-lease';
import { MemoryStore } from '../src/stores/memory.store';
import { Authenticator } from '../src/strategies/authenticator';
import { type CredentialStrategy, StrategyUnavailable } from '../src/strategies/credential-strategy';
import { cheapHash } from './support/cheap-hash';
import { writeUsersFile } from '../src/strategies/file/users-file-access';
import type { Identity } from '../src/strategies/identity';
import { Client, textOf } from './support/client';
import { FakeClock } from './support/fake-clock';
import { startGateway, temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';

const minuteMs = 60_000;
const client = { address: '192.0.2.1', userAgent: 'test' };

function identityOf(name: string, strategy = 'dir'): Identity {
  const nothing = { groups: [], roles: [], attributes: {} };
  return { subject: `${strategy}:${name}`, username: name, strategy, ...nothing };
}

/** A source of people, some of whom are gone. */
class Directory implements CredentialStrategy {
  readonly gone = new Set<string>();
  /** Those whom it has no answer for. */
  readonly unclear = new Set<string>();
  readonly asked: string[] = [];
  isDown = false;

  constructor(readonly name: string) {}

  authenticate(): Promise<never> {
    return Promise.reject(new Error('nobody logs in here'));
  }

  reread(identity: Identity): Promise<Identity | undefined> {
    const isUnclear = this.isDown || this.unclear.has(identity.username);
    if (isUnclear) return Promise.reject(new StrategyUnavailable(this.name, 'test'));
    this.asked.push(identity.username);
    return Promise.resolve(this.gone.has(identity.username) ? undefined : identity);
  }
}

/** Has no way to look without a password. */
const forwarding: CredentialStrategy = {
  name: 'fwd',
  authenticate: () => Promise.reject(new Error('nobody logs in here')),
};

describe('IdentitySweep', () => {
  let clock: FakeClock;
  let store: MemoryStore;
  let directory: Directory;
  let other: Directory;
  let sessions: SessionService;
  let audited: AuditEvent[];

  beforeEach(() => {
    clock = new FakeClock();
    store = new MemoryStore({ clock });
    directory = new Directory('dir');
    other = new Directory('other');
    audited = [];
    const { settings } = loadSettings({});
    sessions = new SessionService(
      store,
      new RefreshTokenCodec(new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test')),
      clock,
      settings,
    );
  });

  function replica(): IdentitySweep {
    const audit = { record: (event: AuditEvent) => void audited.push(event) };
    const check = new WelcomeCheck(new Authenticator([directory, other, forwarding]), sessions, audit);
    const settings = { IDENTITY_SWEEP_SECONDS: 900, IDENTITY_SWEEP_PER_SECOND: 5 };
    return new IdentitySweep(sessions, new SweepLease(store, clock), check, clock, settings);
  }

  /** Takes steps as the timer does. Gives what the rounds that ended meanwhile have found. */
  async function run(sweep: IdentitySweep, forMs: number): Promise<unknown[]> {
    const finished: unknown[] = [];
    const endMs = clock.nowMs() + forMs;
    while (clock.nowMs() < endMs) {
      const step = await sweep.step();
      if (step.finished) finished.push(step.finished);
      clock.advance(step.nextMs);
    }
    return finished;
  }

  function open(name: string, strategy = 'dir') {
    return sessions.open(identityOf(name, strategy), client, { canReread: true });
  }

  it('ends all sessions of somebody who is gone, and nobody else’s', async () => {
    const [alice, bob, again] = [await open('alice'), await open('bob'), await open('alice')];
    directory.gone.add('alice');
    clock.advance(15 * minuteMs + 1);
    expect(await run(replica(), minuteMs)).toEqual([{ asked: 2, ended: 2, unanswered: 0 }]);
    for (const { session } of [alice, again]) expect(await sessions.find(session.id)).toBeUndefined();
    expect(await sessions.find(bob.session.id)).toBeDefined();
    const ids = [alice, again].map(({ session }) => session.id).sort();
    expect(audited.map(({ sessionId }) => sessionId).sort()).toEqual(ids);
    expect(audited[0]).toMatchObject({ event: 'session_end', username: 'alice', door: 'sweep' });
    const { entries } = await sessions.revocations.since();
    expect(entries).toMatchObject([{ sub: 'dir:alice' }, {}, {}]);
  });

  it('leaves alone whom a source has spoken of lately, and whom no source can be asked about', async () => {
    await open('fwd', 'fwd');
    await open('old');
    clock.advance(15 * minuteMs - 1);
    await open('new');
    await open('new');
    clock.advance(2);
    await run(replica(), minuteMs);
    expect(directory.asked).toEqual(['old']);
  });

  it('asks no more often than its rate, one question at a time, and begins a round every 15 minutes', async () => {
    for (let n = 0; n < 250; n++) await open(`person ${n}`);
    clock.advance(16 * minuteMs);
    const sweep = replica();
    const second = async () => {
      const before = directory.asked.length;
      await run(sweep, 1000);
      return directory.asked.length - before;
    };
    for (let n = 0; n < 50; n++) expect(await second()).toBe(5);
    expect(new Set(directory.asked).size).toBe(250);
    expect(await run(sweep, 10 * minuteMs)).toHaveLength(1);
    expect(directory.asked).toHaveLength(250);
    await run(sweep, 6 * minuteMs);
    expect(directory.asked).toHaveLength(500);
  });

  it('ends nothing while a source is down, and asks again in the next round', async () => {
    const { session } = await open('alice');
    clock.advance(16 * minuteMs);
    const sweep = replica();
    directory.isDown = true;
    directory.gone.add('alice');
    expect(await run(sweep, minuteMs)).toEqual([
      { asked: 0, ended: 0, unanswered: 1, fault: expect.stringContaining('dir') as string },
    ]);
    directory.isDown = false;
    await run(sweep, 13 * minuteMs);
    expect(await sessions.find(session.id)).toBeDefined();
    await run(sweep, 2 * minuteMs);
    expect(await sessions.find(session.id)).toBeUndefined();
  });

  it('goes on with the people of other sources while one is down, which it leaves alone soon', async () => {
    for (let n = 0; n < 20; n++) await open(`person ${n}`);
    const others = await Promise.all(Array.from({ length: 20 }, (_, n) => open(`person ${n}`, 'other')));
    clock.advance(16 * minuteMs);
    directory.isDown = true;
    for (let n = 0; n < 20; n++) other.gone.add(`person ${n}`);
    expect(await run(replica(), minuteMs)).toMatchObject([{ asked: 20, ended: 20, unanswered: 3 }]);
    for (const { session } of others) expect(await sessions.find(session.id)).toBeUndefined();
  });

  it('goes on where a source has no answer for one person', async () => {
    for (let n = 0; n < 20; n++) await open(`person ${n}`);
    clock.advance(16 * minuteMs);
    for (const n of [3, 7, 11, 12]) directory.unclear.add(`person ${n}`);
    expect(await run(replica(), minuteMs)).toMatchObject([{ asked: 16, unanswered: 4 }]);
  });

  it('goes on when a clock that was ahead is set back, in this process or another one', async () => {
    const rightMs = clock.nowMs();
    const [first, second] = [replica(), replica()];
    clock.set(rightMs + 365 * 24 * 60 * minuteMs);
    await first.step();
    clock.set(rightMs);
    await open('bob');
    clock.advance(31 * minuteMs);
    await run(second, minuteMs);
    expect(directory.asked).toEqual(['bob']);
  });

  it('runs in one process of those that share the store; another one follows a dead or an ended one', async () => {
    await open('alice');
    clock.advance(16 * minuteMs);
    const [first, second, third] = [replica(), replica(), replica()];
    await Promise.all([first, second, third].map((sweep) => sweep.step()));
    expect(directory.asked).toEqual(['alice']);
    clock.advance(16 * minuteMs);
    await second.step();
    expect(directory.asked).toEqual(['alice', 'alice']);
    await Promise.all([first.step(), third.step()]);
    expect(directory.asked).toHaveLength(2);
    await second.letGo();
    clock.advance(1000);
    expect((await third.step()).nextMs).toBeGreaterThan(1000);
    expect(directory.asked).toHaveLength(2);
    await first.step();
    await run(third, 16 * minuteMs);
    expect(directory.asked).toHaveLength(3);
  });
});

describe('IDENTITY_SWEEP_SECONDS', () => {
  it('ends the sessions of a removed person in a running gateway, which stops cleanly', async () => {
    const password = 'correct horse battery';
    const usersFile = join(temporaryFolder(), 'users.json');
    const alice = { id: '11111111-1111-4111-8111-111111111111', username: 'alice', groups: [], roles: [] };
    writeUsersFile(usersFile, [{ ...alice, passwordHash: await cheapHash(password), disabled: false }]);
    const people = { STRATEGIES: 'file', USERS_FILE: usersFile };
    const first = await startGateway({ ...people, IDENTITY_SWEEP_SECONDS: '0' });
    const token = textOf((await new Client(first.url).login('alice', password)).data, 'access_token');
    await first.stop();
    writeUsersFile(usersFile, []);
    first.clock.advance(2000);
    const env = { ...people, DATA_DIR: first.dataDir, IDENTITY_SWEEP_SECONDS: '1' };
    const second = await startGateway(env, first.clock);
    try {
      await eventually(() => second.logs().includes('"event":"session_end"'), 20_000);
      expect((await new Client(second.url).me(token)).status).toBe(401);
      expect((await new Client(second.url).request('/api/auth/revocations')).text).toContain('file:1111');
    } finally {
      await second.stop();
    }
    expect(second.logs()).not.toContain('"level":50');
  });
});
