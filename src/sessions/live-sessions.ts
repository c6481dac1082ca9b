import type { Clock } from '../common/clock';
import { GatehouseError } from '../common/gatehouse-error';
import { type KeyBatch, type Store, StoreUnavailable } from '../stores/store';
import { DecodedSessions } from './decoded-sessions';
import { hasEnded, NotBeforeMarks } from './not-before';
import { PersonRegister } from './person-register';
import type { ListedSession } from './person-sessions';
import type { RevocationFeed } from './revocation-feed';
import { allRevoked } from './revocation-records';
import { decodeSession, encodeSession, keptSession, type Session } from './session';
import type { SessionPolicy } from './session-policy';

/** A session as it was read, and the version that a replacement must name. */
export interface LiveSession {
  readonly session: Session;
  readonly version: number;
}

/** A session that is being opened may be on its person's list before it can be read: in a Redis Cluster the two are on different servers. */
const longestOpeningMs = 60_000;

/** The sessions that live, as the store has them: what makes one live, whose they are, and how they end. */
export class LiveSessions {
  private readonly marks: NotBeforeMarks;
  private readonly register: PersonRegister;
  private readonly decoded = new DecodedSessions();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly policy: SessionPolicy,
    private readonly revocations: RevocationFeed,
  ) {
    this.marks = new NotBeforeMarks(store);
    this.register = new PersonRegister(store, clock, policy.absoluteMs);
  }

  /**
   * Keeps a new session and ends the oldest ones of a person who has too many, which it gives. All is durable when this resolves.
   * The session and the lists are written at once, which costs one commit: a session that is only listed is as good as one that has
   * ended. When it rejects, the session is taken back as far as the store allows: a store may have kept what it did not acknowledge,
   * and sessions that nobody has a token of would push out those in use.
   * @param replaced sessions that the caller ends anyway
   * @throws GatehouseError UNAUTHORIZED where all of the person ended meanwhile
   */
  async open(session: Session, replaced: readonly string[] = []): Promise<readonly Session[]> {
    const created = this.store.create(keyOf(session.id), encodeSession(session), session.expiresAtMs);
    const listed = this.register.add(session);
    const [outcome] = await Promise.allSettled([created, listed]);
    // The record is somebody else's then, and not to be taken back.
    if (outcome.status === 'fulfilled' && !outcome.value)
      throw new StoreUnavailable('a new session id was taken');
    try {
      const [, sessions] = await Promise.all([created, listed]);
      if (await this.marks.hasEnded(session)) throw endedMeanwhile();
      return await this.endBeyondCap(session.identity.subject, sessions, replaced);
    } catch (error) {
      await this.takeBack(session);
      throw error;
    }
  }

  /** False when the session has moved on or ended. */
  async replace(before: LiveSession, after: Session): Promise<boolean> {
    const { session, version } = before;
    const record = keptSession(after);
    const kept = await this.store.replace(keyOf(after.id), version, record.text, after.expiresAtMs);
    if (kept && record.session.identity === session.identity) this.decoded.wrote(record);
    // An administrator must find the person by the new name too.
    if (kept && after.identity.username !== session.identity.username)
      await this.register.rememberName(after);
    return kept;
  }

  /** Asks the store each time. Whose session it was last tells whose mark to ask for at the same time. */
  async read(id: string): Promise<LiveSession | undefined> {
    const guess = this.decoded.lastOf(id)?.identity;
    const [record, mark] = await Promise.all([
      this.store.read(keyOf(id)),
      guess ? this.marks.of(guess) : undefined,
    ]);
    const session = record && this.decoded.decode(id, record.value);
    if (!session) return undefined;
    const isGuessed = guess?.subject === session.identity.subject;
    const ended = isGuessed ? hasEnded(session, mark) : await this.marks.hasEnded(session);
    return ended ? undefined : { session, version: record.version };
  }

  async find(id: string): Promise<Session | undefined> {
    return (await this.read(id))?.session;
  }

  /** The live sessions of a person, the one used last first. */
  async of(subject: string): Promise<readonly Session[]> {
    const read = await this.readListed(await this.register.sessionsOf(subject));
    const live = read.filter((session) => session?.identity.subject === subject);
    return live.filter((session) => session !== undefined).sort((a, b) => b.lastUsedAtMs - a.lastUsedAtMs);
  }

  /** A part of a walk over everybody who has sessions; see `Store.scan`. */
  personKeys(after: string | undefined, limit: number): Promise<KeyBatch> {
    return this.register.keys(after, limit);
  }

  /** The live sessions of the person whose key `personKeys` gave. */
  async ofPersonKey(key: string): Promise<readonly Session[]> {
    const read = await this.readListed(await this.register.sessionsAt(key));
    return read.filter((session) => session !== undefined);
  }

  /** The subjects that have logged in by this canonical name of late. */
  subjectsOf(username: string): Promise<readonly string[]> {
    return this.register.subjectsOf(username);
  }

  /**
   * Ends every session of a person but the spared one; gives those that were live. Sessions that are opened later live. The mark
   * comes first: once it stands, none of them lives, also those that no list names. The feed says so before.
   * @param atMs when the reason for it was true, if that is not now: who has logged in since was let in all the same
   */
  async endAllOf(
    subject: string,
    spared?: string,
    atMs: number = this.clock.nowMs(),
  ): Promise<readonly Session[]> {
    const live = await this.of(subject);
    const ended = live.filter(({ id, createdAtMs }) => id !== spared && createdAtMs <= atMs);
    await this.revocations.append(allRevoked(subject, ended, { nowMs: atMs, spared }));
    await this.marks.mark(subject, { atMs, spared }, this.clock.nowMs() + this.policy.absoluteMs);
    await Promise.all(ended.map(({ id }) => this.store.delete(keyOf(id))));
    await this.register.tidy(subject, ended);
    return ended;
  }

  /** True when there was a session to end. The feed says so first: once the session is gone, nobody would come to say it. */
  async revoke(id: string): Promise<boolean> {
    const record = await this.store.read(keyOf(id));
    if (record) await this.revocations.append([{ sid: id }]);
    const ended = await this.store.delete(keyOf(id));
    const session = record && decodeSession(record.value);
    if (session) await this.register.tidy(session.identity.subject, [session]);
    return ended;
  }

  /**
   * Looks at the sessions themselves only where the list is too long: most that have ended are still on it.
   * @param listed the list as it is
   */
  private async endBeyondCap(
    subject: string,
    listed: readonly ListedSession[],
    replaced: readonly string[],
  ): Promise<readonly Session[]> {
    if (listed.length <= this.policy.mostPerPerson) return [];
    const live = await this.of(subject);
    const settledBeforeMs = this.clock.nowMs() - longestOpeningMs;
    const gone = listed.filter(
      ({ id, openedAtMs }) => openedAtMs < settledBeforeMs && !live.some((session) => session.id === id),
    );
    await this.register.remove(subject, new Set(gone.map(({ id }) => id)));
    const lasting = live.filter(({ id }) => !replaced.includes(id));
    const oldestFirst = lasting.sort((a, b) => a.createdAtMs - b.createdAtMs);
    const displaced = oldestFirst.slice(0, Math.max(0, lasting.length - this.policy.mostPerPerson));
    return this.endedOf(displaced);
  }

  /**
   * Ends these sessions and gives those that it has ended, whom the audit trail must name. Where the store ends only some of them, there
   * are too many still, which the next login finds.
   * @throws what the store throws that ends none
   */
  private async endedOf(sessions: readonly Session[]): Promise<readonly Session[]> {
    const endings = await Promise.allSettled(sessions.map(({ id }) => this.revoke(id)));
    const failure = endings.find((ending) => ending.status === 'rejected');
    const ended = sessions.filter((_, index) => endings[index]?.status === 'fulfilled');
    if (failure && ended.length === 0) throw failure.reason;
    return ended;
  }

  /** Of a login that does not come about. Its own fault is told; that the store refuses this too adds nothing. */
  private async takeBack(session: Session): Promise<void> {
    const deleted = this.store.delete(keyOf(session.id));
    await Promise.allSettled([deleted, this.register.tidy(session.identity.subject, [session])]);
  }

  private readListed(listed: readonly ListedSession[]): Promise<readonly (Session | undefined)[]> {
    return Promise.all(listed.map(({ id }) => this.find(id)));
  }
}

function keyOf(sessionId: string): string {
  return `session:${sessionId}`;
}

function endedMeanwhile(): GatehouseError {
  return new GatehouseError('UNAUTHORIZED', {
    detail: 'all sessions of the person ended while they logged in',
  });
}
