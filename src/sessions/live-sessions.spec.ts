import { randomBytes } from 'node:crypto';
import { FakeClock } from '../../test/support/fake-clock';
import { loadSettings } from '../config/load-settings';
import { MemoryStore } from '../stores/memory.store';
import { StoreUnavailable } from '../stores/store';
import type { Identity } from '../strategies/identity';
import { PersonSessions } from './person-sessions';
import { RefreshTokenCodec } from './refresh-token';
import { LocalRefreshTokenKey } from './refresh-token-key';
import { SessionService } from './session.service';

const client = { address: '192.0.2.1', userAgent: 'test' };
const alice: Identity = {
  ...{ subject: 'file:1', username: 'alice', groups: [], roles: [] },
  ...{ attributes: {}, strategy: 'file' },
};
const key = new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test');

/** A store that takes its time with new sessions, where it is told to. */
class SlowStore extends MemoryStore {
  /** Changes are made and not acknowledged, as by a Redis whose replicas are away. */
  isSilent = false;
  /** Begins the keys of which none can be created, as in a store that is full. */
  refused: string | undefined;
  newSessions: Promise<void> | undefined;
  /** Keys that cannot be deleted. */
  readonly kept = new Set<string>();
  /** Keys in the order in which they were asked for; emptied by the tests. */
  readonly asked: string[] = [];

  override async create(name: string, value: string, expiresAtMs: number): Promise<boolean> {
    if (name.startsWith('session:')) await this.newSessions;
    if (this.refused !== undefined && name.startsWith(this.refused)) throw new StoreUnavailable('full');
    return this.acknowledged(super.create(name, value, expiresAtMs));
  }

  override replace(...args: Parameters<MemoryStore['replace']>): Promise<boolean> {
    return this.acknowledged(super.replace(...args));
  }

  override delete(name: string): Promise<boolean> {
    if (this.kept.has(name)) return Promise.reject(new StoreUnavailable('away'));
    return this.acknowledged(super.delete(name));
  }

  override read(name: string): ReturnType<MemoryStore['read']> {
    this.asked.push(name.split(':', 1)[0] ?? '');
    return super.read(name);
  }

  private async acknowledged(done: Promise<boolean>): Promise<boolean> {
    const outcome = await done;
    if (this.isSilent) throw new StoreUnavailable('not acknowledged');
    return outcome;
  }
}

function gateways(environment: NodeJS.ProcessEnv = {}) {
  const clock = new FakeClock();
  const store = new SlowStore({ clock });
  const { settings } = loadSettings(environment);
  const gateway = () => new SessionService(store, new RefreshTokenCodec(key), clock, settings);
  return { clock, store, here: gateway(), there: gateway() };
}

describe('a session that this process has read before', () => {
  it('has ended once another process has ended it', async () => {
    const { here, there } = gateways();
    const { session } = await here.open(alice, client, { canReread: true });
    expect(await here.find(session.id)).toEqual(session);
    await there.revoke(session.id);
    expect(await here.find(session.id)).toBeUndefined();
  });

  it('has ended once another process has ended all of its person', async () => {
    const { here, there, clock } = gateways();
    const { session } = await here.open(alice, client, { canReread: true });
    expect(await here.find(session.id)).toEqual(session);
    clock.advance(1);
    await there.endAllOf(alice.subject, session.id);
    expect(await here.find(session.id)).toEqual(session);
    clock.advance(1);
    await there.endAllOf(alice.subject);
    expect(await here.find(session.id)).toBeUndefined();
  });

  it('has ended by a mark alone, though its record is still there', async () => {
    const { here, there, store, clock } = gateways();
    const { session } = await here.open(alice, client, { canReread: true });
    expect(await here.find(session.id)).toBeDefined();
    const record = await store.read(`session:${session.id}`);
    clock.advance(1);
    await there.endAllOf(alice.subject);
    await store.create(`session:${session.id}`, record?.value ?? '', session.expiresAtMs);
    expect(await here.find(session.id)).toBeUndefined();
  });

  it('is what another process has made of it', async () => {
    const { here, there, clock } = gateways();
    const { session, refreshToken } = await here.open(alice, client, { canReread: true });
    await here.find(session.id);
    clock.advance(1000);
    const presented = await there.resolve(refreshToken);
    const update = { identity: { ...alice, roles: ['editor'] }, identityReadAtMs: 1, identityIsStale: false };
    const { session: moved } = await there.rotate(presented, update);
    expect(await here.find(session.id)).toEqual(moved);
  });

  it('is asked for together with the mark of its person, whose it was', async () => {
    const { here, store } = gateways();
    const { session } = await here.open(alice, client, { canReread: true });
    await here.find(session.id);
    store.asked.length = 0;
    const found = here.find(session.id);
    expect(store.asked).toEqual(['session', 'not-before']);
    expect(await found).toEqual(session);
    expect(store.asked).toHaveLength(2);
  });
});

describe('a session that is being opened', () => {
  it('stays on the list of its person, whoever finds too many there', async () => {
    const { here, there, store } = gateways({ SESSIONS_MAX_PER_PERSON: '1' });
    const gate: { open: () => void } = { open: () => undefined };
    store.newSessions = new Promise((resolve) => (gate.open = resolve));
    const slow = here.open(alice, client, { canReread: true });
    // The list of the person is written meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
    store.newSessions = undefined;
    const quick = await there.open(alice, client, { canReread: true });
    gate.open();
    const { session } = await slow;
    const listed = (await here.of(alice.subject)).map(({ id }) => id);
    expect(new Set(listed)).toEqual(new Set([session.id, quick.session.id]));
  });
});

describe('a login that the store fails', () => {
  it('ends no session in use, though the store had kept what it did not acknowledge', async () => {
    const { here, store, clock } = gateways({ SESSIONS_MAX_PER_PERSON: '3' });
    const phone = await here.open(alice, client, { canReread: true });
    store.isSilent = true;
    for (let n = 0; n < 4; n++) {
      clock.advance(1);
      await expect(here.open(alice, client, { canReread: true })).rejects.toThrow(StoreUnavailable);
    }
    store.isSilent = false;
    clock.advance(1);
    const tablet = await here.open(alice, client, { canReread: true });
    expect(tablet.displaced).toEqual([]);
    const live = (await here.of(alice.subject)).map(({ id }) => id);
    expect(live).toEqual([tablet.session.id, phone.session.id]);
  });

  it('leaves nothing on the list of its person, however often it is tried', async () => {
    const { here, store, clock } = gateways();
    store.refused = 'session:';
    for (let n = 0; n < 5; n++) {
      await expect(here.open(alice, client, { canReread: true })).rejects.toThrow('full');
    }
    expect(await new PersonSessions(store, clock).of(alice.subject)).toEqual([]);
  });

  it('leaves no session of its own where the oldest could not be ended', async () => {
    const { here, store } = gateways({ SESSIONS_MAX_PER_PERSON: '1' });
    const { session } = await here.open(alice, client, { canReread: true });
    store.refused = 'revocations:';
    await expect(here.open(alice, client, { canReread: true })).rejects.toThrow('full');
    expect((await here.of(alice.subject)).map(({ id }) => id)).toEqual([session.id]);
  });
});

describe('sessions that a new one pushes out', () => {
  async function threeOf(here: SessionService, clock: FakeClock): Promise<string[]> {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      ids.push((await here.open(alice, client, { canReread: true })).session.id);
      clock.advance(1000);
    }
    return ids;
  }

  it('are named as far as they were ended, and the others with the next login', async () => {
    const { here, store, clock } = gateways({ SESSIONS_MAX_PER_PERSON: '3' });
    const [first = '', second = ''] = await threeOf(here, clock);
    const narrow = new SessionService(store, new RefreshTokenCodec(key), clock, {
      ...loadSettings({}).settings,
      SESSIONS_MAX_PER_PERSON: 2,
    });
    store.kept.add(`session:${second}`);
    const opened = await narrow.open(alice, client, { canReread: true });
    expect(opened.displaced.map(({ id }) => id)).toEqual([first]);
    expect(await here.find(second)).toBeDefined();
    store.kept.clear();
    clock.advance(1000);
    const next = await narrow.open(alice, client, { canReread: true });
    expect(next.displaced.map(({ id }) => id)).toContain(second);
  });

  it('let nobody in where the store ends none of them', async () => {
    const { here, store, clock } = gateways({ SESSIONS_MAX_PER_PERSON: '3' });
    const ids = await threeOf(here, clock);
    store.kept.add(`session:${ids[0]}`);
    await expect(here.open(alice, client, { canReread: true })).rejects.toThrow(StoreUnavailable);
    expect((await here.of(alice.subject)).map(({ id }) => id).sort()).toEqual([...ids].sort());
  });
});
