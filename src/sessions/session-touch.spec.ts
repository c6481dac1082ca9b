import { randomBytes } from 'node:crypto';
import { FakeClock } from '../../test/support/fake-clock';
import { loadSettings } from '../config/load-settings';
import { MemoryStore } from '../stores/memory.store';
import type { Identity } from '../strategies/identity';
import { RefreshTokenCodec } from './refresh-token';
import { LocalRefreshTokenKey } from './refresh-token-key';
import type { Session } from './session';
import { type IdentityUpdate, SessionService } from './session.service';

const hourMs = 3_600_000;
const client = { address: '192.0.2.1', userAgent: 'test' };
const nothing = { groups: [], roles: [], attributes: {} };
const alice: Identity = { subject: 'file:1', username: 'alice', strategy: 'file', ...nothing };

/** Counts what is written. */
class WatchedStore extends MemoryStore {
  replaced = 0;

  override replace(...given: Parameters<MemoryStore['replace']>): Promise<boolean> {
    this.replaced++;
    return super.replace(...given);
  }
}

const unchanged = ({ identity, identityReadAtMs }: Session): Promise<IdentityUpdate> =>
  Promise.resolve({ identity, identityReadAtMs, identityIsStale: false });

describe('SessionService.touch', () => {
  let clock: FakeClock;
  let store: WatchedStore;
  let sessions: SessionService;
  let id: string;

  beforeEach(async () => {
    clock = new FakeClock();
    store = new WatchedStore({ clock });
    const key = new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test');
    sessions = new SessionService(store, new RefreshTokenCodec(key), clock, loadSettings({}).settings);
    const opened = await sessions.open(alice, client, { canReread: true, idleMs: hourMs });
    ({ id } = opened.session);
  });

  it('lets the idle time begin anew', async () => {
    clock.advance(hourMs - 1);
    const session = await sessions.touch(id, unchanged);
    expect(session).toMatchObject({ lastUsedAtMs: clock.nowMs(), expiresAtMs: clock.nowMs() + hourMs });
    clock.advance(hourMs - 1);
    expect(await sessions.find(id)).toBeDefined();
    clock.advance(1);
    expect(await sessions.touch(id, unchanged)).toBeUndefined();
  });

  it('never goes past the absolute end', async () => {
    const longestMs = 1.5 * hourMs;
    const { session } = await sessions.open(alice, client, { canReread: true, idleMs: hourMs, longestMs });
    clock.advance(hourMs - 1);
    expect((await sessions.touch(session.id, unchanged))?.expiresAtMs).toBe(session.absoluteEndMs);
    clock.advance(hourMs / 2 + 1);
    expect(await sessions.touch(session.id, unchanged)).toBeUndefined();
  });

  it('writes once for all uses within a second', async () => {
    clock.advance(1000);
    for (let use = 0; use < 5; use++) {
      expect(await sessions.touch(id, unchanged)).toBeDefined();
      clock.advance(199);
    }
    expect(store.replaced).toBe(1);
    clock.advance(5);
    await sessions.touch(id, unchanged);
    expect(store.replaced).toBe(2);
  });

  it('keeps what the source says now', async () => {
    clock.advance(1000);
    const identity = { ...alice, username: 'alicia' };
    const update = { identity, identityReadAtMs: clock.nowMs(), identityIsStale: false };
    expect((await sessions.touch(id, () => Promise.resolve(update)))?.identity).toEqual(identity);
    expect((await sessions.find(id))?.identity).toEqual(identity);
    expect(await sessions.subjectsOf('alicia')).toEqual([alice.subject]);
  });

  it('does not bring back a session that ended meanwhile, and takes the result of another use', async () => {
    clock.advance(1000);
    const both = await Promise.all([sessions.touch(id, unchanged), sessions.touch(id, unchanged)]);
    expect(both.map((session) => session?.lastUsedAtMs)).toEqual([clock.nowMs(), clock.nowMs()]);
    clock.advance(1000);
    const ending = sessions.touch(id, async (session) => {
      await sessions.revoke(id);
      return unchanged(session);
    });
    expect(await ending).toBeUndefined();
    expect(await sessions.find(id)).toBeUndefined();
  });

  it('changes nothing when the source fails', async () => {
    clock.advance(1000);
    await expect(sessions.touch(id, () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect((await sessions.find(id))?.lastUsedAtMs).toBe(clock.nowMs() - 1000);
  });
});
