import { randomBytes } from 'node:crypto';
import { FakeClock } from '../../test/support/fake-clock';
import { loadSettings } from '../config/load-settings';
import { MemoryStore } from '../stores/memory.store';
import { type StoredRecord, StoreUnavailable } from '../stores/store';
import type { Identity } from '../strategies/identity';
import { NotBeforeMarks } from './not-before';
import { RefreshTokenCodec } from './refresh-token';
import { LocalRefreshTokenKey } from './refresh-token-key';
import { encodeSession } from './session';
import { RefreshTokenReused, SessionService } from './session.service';

const day = 24 * 60 * 60 * 1000;
const client = { address: '192.0.2.1', userAgent: 'test' };
const alice: Identity = {
  subject: 'file:1',
  username: 'alice',
  groups: [],
  roles: [],
  attributes: {},
  strategy: 'file',
};

function service(clock: FakeClock, store = new MemoryStore({ clock })): SessionService {
  return new SessionService(
    store,
    new RefreshTokenCodec(new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test')),
    clock,
    loadSettings({}).settings,
  );
}

async function refresh(
  sessions: SessionService,
  token: string,
  identity = alice,
): ReturnType<SessionService['rotate']> {
  const presented = await sessions.resolve(token);
  return sessions.rotate(presented, { identity, identityReadAtMs: 0, identityIsStale: false });
}

describe('SessionService', () => {
  let clock: FakeClock;
  let sessions: SessionService;

  beforeEach(() => {
    clock = new FakeClock();
    sessions = service(clock);
  });

  it('ends a session of a source that cannot be asked again after the refresh life, however often it is refreshed', async () => {
    let { refreshToken, refreshExpiresInSeconds } = await sessions.open(alice, client, { canReread: false });
    expect(refreshExpiresInSeconds).toBe(86_400);
    clock.advance(day / 2);
    ({ refreshToken, refreshExpiresInSeconds } = await refresh(sessions, refreshToken));
    expect(refreshExpiresInSeconds).toBe(43_200);
    clock.advance(day / 2);
    await expect(sessions.resolve(refreshToken)).rejects.toMatchObject({ code: 'REFRESH_TOKEN_EXPIRED' });
  });

  it('lets a session of a source that can be asked again slide up to its absolute end', async () => {
    let { refreshToken, refreshExpiresInSeconds } = await sessions.open(alice, client, { canReread: true });
    for (let half = 1; half <= 59; half++) {
      clock.advance(day / 2);
      ({ refreshToken, refreshExpiresInSeconds } = await refresh(sessions, refreshToken));
    }
    expect(refreshExpiresInSeconds).toBe(43_200);
    clock.advance(day / 2);
    await expect(sessions.resolve(refreshToken)).rejects.toMatchObject({ code: 'REFRESH_TOKEN_EXPIRED' });
  });

  it('gives 100 parallel refreshes of one token one successor', async () => {
    const { refreshToken } = await sessions.open(alice, client, { canReread: true });
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => refresh(sessions, refreshToken)));
    expect(new Set(outcomes.map((outcome) => outcome.refreshToken)).size).toBe(1);
    expect(outcomes[0]?.refreshToken).not.toBe(refreshToken);
  });

  it('ends the session of a spent token and names whose it was', async () => {
    const opened = await sessions.open(alice, client, { canReread: true });
    const second = await refresh(sessions, opened.refreshToken);
    const third = await refresh(sessions, second.refreshToken);
    const reuse = sessions.resolve(opened.refreshToken);
    await expect(reuse).rejects.toBeInstanceOf(RefreshTokenReused);
    await expect(reuse).rejects.toMatchObject({ session: { id: opened.session.id, identity: alice } });
    await expect(sessions.resolve(third.refreshToken)).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_INVALID',
    });
    expect(await sessions.find(opened.session.id)).toBeUndefined();
  });

  it('takes over what the source says at a refresh', async () => {
    const { refreshToken } = await sessions.open(alice, client, { canReread: true });
    const promoted = { ...alice, roles: ['admin'] };
    const { session } = await refresh(sessions, refreshToken, promoted);
    expect((await sessions.find(session.id))?.identity).toEqual(promoted);
  });

  it('ends all sessions of a person but the spared one, and leaves later ones and other people alone', async () => {
    const bob = await sessions.open({ ...alice, subject: 'file:2' }, client, { canReread: true });
    const here = await sessions.open(alice, client, { canReread: true });
    const there = await sessions.open(alice, client, { canReread: true });
    await sessions.endAllOf(alice.subject, here.session.id);
    clock.advance(1);
    const later = await sessions.open(alice, client, { canReread: true });
    for (const { session } of [bob, here, later]) expect(await sessions.find(session.id)).toBeDefined();
    expect(await sessions.find(there.session.id)).toBeUndefined();
    await expect(sessions.resolve(there.refreshToken)).rejects.toMatchObject({
      code: 'REFRESH_TOKEN_INVALID',
    });
    await sessions.endAllOf(alice.subject);
    for (const { session } of [here, later]) expect(await sessions.find(session.id)).toBeUndefined();
  });

  it('does not let in a login that began before all sessions of the person ended', async () => {
    const startedAtMs = clock.nowMs();
    clock.advance(1);
    await sessions.endAllOf(alice.subject);
    clock.advance(500);
    const late = sessions.open(alice, client, { canReread: true, startedAtMs });
    await expect(late).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(await sessions.of(alice.subject)).toEqual([]);
  });

  it('leaves alone who has logged in since the reason for the end was true', async () => {
    const before = await sessions.open(alice, client, { canReread: true });
    clock.advance(1);
    const askedAtMs = clock.nowMs();
    clock.advance(5000);
    const since = await sessions.open(alice, client, { canReread: true });
    const ended = await sessions.endAllOf(alice.subject, undefined, askedAtMs);
    expect(ended.map(({ id }) => id)).toEqual([before.session.id]);
    expect(await sessions.find(since.session.id)).toBeDefined();
  });

  it('keeps the later end of all sessions, whoever writes last', async () => {
    const store = new MemoryStore({ clock });
    const here = service(clock, store);
    const behind = new FakeClock(clock.nowMs() - 60_000);
    const { session } = await here.open(alice, client, { canReread: true });
    clock.advance(1000);
    const marks = new NotBeforeMarks(store);
    await marks.mark(alice.subject, { atMs: clock.nowMs() }, clock.nowMs() + day);
    await marks.mark(alice.subject, { atMs: behind.nowMs(), spared: session.id }, clock.nowMs() + day);
    expect(await here.find(session.id)).toBeUndefined();
  });

  it('is found by the login name for as long as it lives, also with short lives', async () => {
    const eightHours = { ...loadSettings({ REFRESH_ABSOLUTE_TTL_SECONDS: '28800' }).settings };
    const key = new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test');
    const short = new SessionService(
      new MemoryStore({ clock }),
      new RefreshTokenCodec(key),
      clock,
      eightHours,
    );
    await short.open(alice, client, { canReread: true });
    clock.advance(7.9 * 3_600_000);
    await short.open(alice, client, { canReread: true });
    clock.advance(3_600_000);
    expect(await short.subjectsOf('alice')).toEqual([alice.subject]);
  });

  it('is found by the new name after a refresh that renamed the person', async () => {
    const { refreshToken } = await sessions.open(alice, client, { canReread: true });
    await refresh(sessions, refreshToken, { ...alice, username: 'alicia' });
    expect(await sessions.subjectsOf('alicia')).toEqual([alice.subject]);
  });

  it('takes 300 logins of one person at once', async () => {
    const opened = Array.from({ length: 300 }, () => sessions.open(alice, client, { canReread: true }));
    expect(await Promise.all(opened)).toHaveLength(300);
    expect(await sessions.of(alice.subject)).toHaveLength(50);
  });

  it('gives a late request whose token was good what is newest, and ends nothing', async () => {
    const opened = await sessions.open(alice, client, { canReread: true });
    const late = await sessions.resolve(opened.refreshToken);
    const second = await refresh(sessions, opened.refreshToken);
    const third = await refresh(sessions, second.refreshToken);
    const update = { identity: alice, identityReadAtMs: 0, identityIsStale: false };
    expect((await sessions.rotate(late, update)).refreshToken).toBe(third.refreshToken);
    expect((await refresh(sessions, third.refreshToken)).refreshToken).not.toBe(third.refreshToken);
  });

  it('asks again before it writes whether the request may lead the session on', async () => {
    const opened = await sessions.open(alice, client, { canReread: true });
    const second = await refresh(sessions, opened.refreshToken);
    clock.advance(31_000);
    const late = await sessions.resolve(opened.refreshToken);
    const update = { identity: alice, identityReadAtMs: 0, identityIsStale: false };
    const asked: string[] = [];
    const rotated = sessions.rotate(late, update, ({ id }, means) => {
      asked.push(`${id} ${means}`);
      throw new Error('has left');
    });
    await expect(rotated).rejects.toThrow('has left');
    expect(asked).toEqual([`${opened.session.id} branch`]);
    expect((await sessions.resolve(second.refreshToken)).rotation.kind).toBe('advance');
  });

  it('does not lead on a session that is ended between reading and writing', async () => {
    const opened = await sessions.open(alice, client, { canReread: true });
    const presented = await sessions.resolve(opened.refreshToken);
    await sessions.revoke(opened.session.id);
    const update = { identity: alice, identityReadAtMs: 0, identityIsStale: false };
    await expect(sessions.rotate(presented, update)).rejects.toMatchObject({ code: 'REFRESH_TOKEN_INVALID' });
  });

  it('ends no session of which the feed could not be told, so that the next try tells it', async () => {
    class FullStore extends MemoryStore {
      isFull = true;
      override create(key: string, value: string, expiresAtMs: number): Promise<boolean> {
        if (this.isFull && key.startsWith('revocations:'))
          return Promise.reject(new StoreUnavailable('full'));
        return super.create(key, value, expiresAtMs);
      }
    }
    const store = new FullStore({ clock });
    const strict = service(clock, store);
    const { session } = await strict.open(alice, client, { canReread: true });
    await expect(strict.revoke(session.id)).rejects.toThrow(StoreUnavailable);
    await expect(strict.endAllOf(alice.subject)).rejects.toThrow(StoreUnavailable);
    expect(await strict.find(session.id)).toBeDefined();
    store.isFull = false;
    expect(await strict.revoke(session.id)).toBe(true);
    expect((await strict.revocations.since()).entries).toMatchObject([{ sid: session.id }]);
  });

  it('gives up with 503 when the record changes at every try', async () => {
    class RestlessStore extends MemoryStore {
      override async read(key: string): Promise<StoredRecord | undefined> {
        const record = await super.read(key);
        return record && { ...record, version: record.version + 1_000 };
      }
    }
    const restless = service(clock, new RestlessStore({ clock }));
    const { refreshToken } = await restless.open(alice, client, { canReread: true });
    await expect(refresh(restless, refreshToken)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

describe('encodeSession', () => {
  it('refuses groups that no record can hold instead of shortening them', async () => {
    const groups = Array.from({ length: 30_000 }, (_, n) => `a group with a rather long name, number ${n}`);
    const opening = service(new FakeClock()).open({ ...alice, groups }, client, { canReread: true });
    await expect(opening).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('drops the attributes of a record that the store could not keep, and nothing else', async () => {
    const clock = new FakeClock();
    const attributes = {
      memberOf: Array.from({ length: 30_000 }, (_, n) => `cn=group-${n},ou=groups,dc=example,dc=org`),
    };
    const { session } = await service(clock).open({ ...alice, groups: ['g'], attributes }, client, {
      canReread: true,
    });
    expect(JSON.parse(encodeSession(session))).toEqual({
      ...session,
      identity: { ...session.identity, attributes: {} },
    });
  });
});
