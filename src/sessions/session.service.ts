import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { GatehouseError } from '../common/gatehouse-error';
import { Settings } from '../config/settings';
import { type KeyBatch, Store, StoreUnavailable } from '../stores/store';
import type { Identity } from '../strategies/identity';
import { NotBeforeMarks } from './not-before';
import { PersonRegister } from './person-register';
import type { ListedSession } from './person-sessions';
import { type RefreshTokenContent, RefreshTokenCodec, sessionIdBytes } from './refresh-token';
import { allRevoked } from './revocation-records';
import { RevocationFeed } from './revocation-feed';
import { decideRotation, firstChain, type Rotation } from './rotation';
import { decodeSession, encodeSession, type Session, type SessionClient, type SessionGrant } from './session';
import { absoluteEndMs, idleEndMs, type SessionPolicy, sessionPolicy } from './session-policy';

/** A session together with the refresh token that now leads it on. */
export interface SessionWithToken {
  readonly session: Session;
  readonly refreshToken: string;
  readonly refreshExpiresInSeconds: number;
}

/** A new session, and those of the same person that had to end for it. */
export interface OpenedSession extends SessionWithToken {
  readonly displaced: readonly Session[];
}

/** A refresh token that is good, with the session as it was read. */
export interface PresentedRefresh {
  readonly content: RefreshTokenContent;
  readonly session: Session;
  readonly version: number;
  readonly rotation: Exclude<Rotation, { kind: 'reuse' }>;
}

/** What a refresh may bring in from the credential source. */
export type IdentityUpdate = Pick<Session, 'identity' | 'identityReadAtMs' | 'identityIsStale'>;

/** What is known of a login besides the person and the device. */
export interface LoginTerms {
  /** Whether the source can be asked about the person again without their password. */
  readonly canReread: boolean;
  /** When the login began, before the password was checked: an end of all sessions since then holds for this one too. */
  readonly startedAtMs?: number;
  /** The client that opens the session in its own name. */
  readonly grant?: SessionGrant;
  /** How long it lives unused, where that is not REFRESH_TOKEN_TTL_SECONDS. */
  readonly idleMs?: number;
  /** How long it lives at most, where that is less than the settings allow. */
  readonly longestMs?: number;
  /** Sessions that the caller ends once this one is open; they count as ended where the person has too many. */
  readonly replaces?: readonly string[];
}

/** Thrown with REFRESH_TOKEN_REUSED, so that the audit trail can name whose session it was. */
export class RefreshTokenReused extends GatehouseError {
  override readonly name = 'RefreshTokenReused';

  constructor(readonly session: Session) {
    super('REFRESH_TOKEN_REUSED', {
      detail: 'a spent refresh token was presented; the session has been ended',
    });
  }
}

/** A refresh token that could be used, and when that ends. */
export interface PeekedRefresh {
  readonly session: Session;
  readonly expiresAtSeconds: number;
}

const touchEveryMs = 1000;

/** Each lost race means that another request moved the session on, after which ours becomes a replay. */
const mostRaces = 10;

/** Opens, rotates and revokes sessions. The store's compare-and-replace decides every race. */
@Injectable()
export class SessionService {
  private readonly policy: SessionPolicy;
  private readonly marks: NotBeforeMarks;
  private readonly register: PersonRegister;
  /** Where every end of a session before its time is published. */
  readonly revocations: RevocationFeed;

  constructor(
    private readonly store: Store,
    private readonly codec: RefreshTokenCodec,
    private readonly clock: Clock,
    @Inject(Settings) settings: Settings,
  ) {
    this.policy = sessionPolicy(settings);
    this.marks = new NotBeforeMarks(store);
    this.register = new PersonRegister(store, clock, this.policy.absoluteMs);
    this.revocations = new RevocationFeed(store, clock, settings);
  }

  /** The clock by which sessions live; a login notes it before the password is checked. */
  nowMs(): number {
    return this.clock.nowMs();
  }

  /** Opens a session. It is durable when this resolves. The person's oldest ends where they have too many. */
  async open(identity: Identity, client: SessionClient, terms: LoginTerms): Promise<OpenedSession> {
    const { startedAtMs, grant, idleMs } = terms;
    const nowMs = this.clock.nowMs();
    const endMs = this.latestEndMs(terms, nowMs);
    const session: Session = {
      id: randomBytes(sessionIdBytes).toString('base64url'),
      identity,
      identityReadAtMs: nowMs,
      identityIsStale: false,
      client,
      createdAtMs: startedAtMs ?? nowMs,
      lastUsedAtMs: nowMs,
      expiresAtMs: idleEndMs({ idleMs: idleMs ?? this.policy.idleMs }, nowMs, endMs),
      absoluteEndMs: endMs,
      chain: firstChain(nowMs),
      ...(grant && { grant }),
      ...(idleMs !== undefined && { idleMs }),
    };
    const created = await this.store.create(keyOf(session.id), encodeSession(session), session.expiresAtMs);
    if (!created) throw new StoreUnavailable('a new session id was taken');
    await this.register.add(session).catch((error: unknown) => this.discard(session, error));
    if (await this.marks.hasEnded(session)) return this.discard(session, endedMeanwhile());
    return {
      ...this.withToken(session),
      displaced: await this.endBeyondCap(identity.subject, terms.replaces),
    };
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
   * Says what a presented refresh token means, without changing the session, except that reuse ends it.
   * @param demand throws where the session is none for who presents the token; asked before reuse ends it
   * @throws GatehouseError REFRESH_TOKEN_INVALID, _EXPIRED or _REUSED.
   */
  async resolve(
    refreshToken: string,
    demand: (session: Session) => void = () => undefined,
  ): Promise<PresentedRefresh> {
    const content = this.codec.decode(refreshToken);
    if (!content) throw new GatehouseError('REFRESH_TOKEN_INVALID', { detail: 'not a token of ours' });
    if (content.expiresAtSeconds <= this.clock.nowSeconds())
      throw new GatehouseError('REFRESH_TOKEN_EXPIRED');
    return this.resolveContent(content, demand);
  }

  /** Leads the session on and gives the successor of the token that was presented. Durable when this resolves. */
  async rotate(presented: PresentedRefresh, update: IdentityUpdate): Promise<SessionWithToken> {
    let current = presented;
    for (let race = 0; race < mostRaces; race++) {
      if (current.rotation.kind === 'replay') return this.withToken(current.session);
      const next = this.refreshed(current, update);
      const kept = await this.store.replace(
        keyOf(next.id),
        current.version,
        encodeSession(next),
        next.expiresAtMs,
      );
      if (kept) return this.renamed(current.session, next);
      const moved = await this.readAgain(presented);
      if (!moved) throw new GatehouseError('REFRESH_TOKEN_INVALID', { detail: 'the session has ended' });
      current = moved;
    }
    throw changedTooOften('refresh');
  }

  /** An administrator must find the person by the new name too. */
  private async renamed(before: Session, after: Session): Promise<SessionWithToken> {
    if (after.identity.username !== before.identity.username) await this.register.rememberName(after);
    return this.withToken(after);
  }

  /**
   * What a refresh token stands for while it could still be used; changes nothing, not even for a spent one (RFC 7662 section 2.2).
   */
  async peek(refreshToken: string): Promise<PeekedRefresh | undefined> {
    const content = this.codec.decode(refreshToken);
    if (!content || content.expiresAtSeconds <= this.clock.nowSeconds()) return undefined;
    const session = await this.find(content.sessionId);
    if (!session) return undefined;
    const { kind } = decideRotation(session.chain, content, this.clock.nowMs(), this.policy.graceMs);
    return kind === 'reuse' ? undefined : { session, expiresAtSeconds: content.expiresAtSeconds };
  }

  /**
   * Notes that a session is in use that no refresh leads on: its idle time begins anew. Undefined when it has ended. Uses within a
   * second count as one, so that a page that asks for much at once costs one write, unless the person `isDue` to be read again.
   */
  async touch(
    id: string,
    update: (session: Session) => Promise<IdentityUpdate>,
    isDue: (session: Session) => boolean = () => false,
  ): Promise<Session | undefined> {
    let read: IdentityUpdate | undefined;
    for (let race = 0; race < mostRaces; race++) {
      const live = await this.readLive(id);
      if (!live) return undefined;
      const { session, version } = live;
      const isNews = read ? read.identityReadAtMs > session.identityReadAtMs : isDue(session);
      if (this.clock.nowMs() - session.lastUsedAtMs < touchEveryMs && !isNews) return session;
      read ??= await update(session);
      // Another use may have read the person meanwhile.
      const next = this.used(session, read.identityReadAtMs < session.identityReadAtMs ? session : read);
      const kept = await this.store.replace(keyOf(id), version, encodeSession(next), next.expiresAtMs);
      if (kept) return (await this.renamed(session, next)).session;
    }
    throw changedTooOften('use');
  }

  /** The session that a good refresh token names, read or not; undefined for any other text. */
  sessionIdOf(refreshToken: string): string | undefined {
    return this.codec.decode(refreshToken)?.sessionId;
  }

  async find(id: string): Promise<Session | undefined> {
    return (await this.readLive(id))?.session;
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

  /** Of a login that does not come about. */
  private async discard({ id }: Session, reason: unknown): Promise<never> {
    await this.store.delete(keyOf(id));
    throw reason;
  }

  private readListed(listed: readonly ListedSession[]): Promise<readonly (Session | undefined)[]> {
    return Promise.all(listed.map(({ id }) => this.find(id)));
  }

  /** Looks at the sessions themselves only where the list is too long: most that have ended are still on it. */
  private async endBeyondCap(subject: string, replaced: readonly string[] = []): Promise<readonly Session[]> {
    const listed = await this.register.sessionsOf(subject);
    if (listed.length <= this.policy.mostPerPerson) return [];
    const live = await this.of(subject);
    const gone = listed.filter(({ id }) => !live.some((session) => session.id === id));
    await this.register.remove(subject, new Set(gone.map(({ id }) => id)));
    const lasting = live.filter(({ id }) => !replaced.includes(id));
    const oldestFirst = lasting.sort((a, b) => a.createdAtMs - b.createdAtMs);
    const displaced = oldestFirst.slice(0, Math.max(0, lasting.length - this.policy.mostPerPerson));
    await Promise.all(displaced.map(({ id }) => this.revoke(id)));
    return displaced;
  }

  /**
   * The session after a lost race. The token was good when this request came; if others have led the session on by more than
   * one step meanwhile, it is late and no thief's: it gets what is newest, as if it had been answered in time.
   */
  private async readAgain({ content }: PresentedRefresh): Promise<PresentedRefresh | undefined> {
    const live = await this.readLive(content.sessionId);
    if (!live) return undefined;
    const { session, version } = live;
    const decided = decideRotation(session.chain, content, this.clock.nowMs(), this.policy.graceMs);
    const rotation = decided.kind === 'reuse' ? { kind: 'replay' as const, chain: session.chain } : decided;
    return { content, session, version, rotation };
  }

  private async resolveContent(
    content: RefreshTokenContent,
    demand: (session: Session) => void,
  ): Promise<PresentedRefresh> {
    const live = await this.readLive(content.sessionId);
    if (!live) throw new GatehouseError('REFRESH_TOKEN_INVALID', { detail: 'the session has ended' });
    const { session, version } = live;
    demand(session);
    const rotation = decideRotation(session.chain, content, this.clock.nowMs(), this.policy.graceMs);
    if (rotation.kind !== 'reuse') return { content, session, version, rotation };
    await this.revoke(session.id);
    throw new RefreshTokenReused(session);
  }

  private async readLive(id: string): Promise<{ session: Session; version: number } | undefined> {
    const record = await this.store.read(keyOf(id));
    const session = record && decodeSession(record.value);
    if (!session || (await this.marks.hasEnded(session))) return undefined;
    return { session, version: record.version };
  }

  private refreshed({ session, rotation }: PresentedRefresh, update: IdentityUpdate): Session {
    return { ...this.used(session, update), chain: rotation.chain };
  }

  /** The session after it was used now. */
  private used(session: Session, update: IdentityUpdate): Session {
    const nowMs = this.clock.nowMs();
    const idleMs = session.idleMs ?? this.policy.idleMs;
    const expiresAtMs = idleEndMs({ idleMs }, nowMs, session.absoluteEndMs);
    const { identity, identityReadAtMs, identityIsStale } = update;
    const known = { identity, identityReadAtMs, identityIsStale };
    return { ...session, ...known, lastUsedAtMs: nowMs, expiresAtMs };
  }

  private latestEndMs({ canReread, longestMs }: LoginTerms, nowMs: number): number {
    const endMs = absoluteEndMs(this.policy, nowMs, canReread);
    return longestMs === undefined ? endMs : Math.min(endMs, nowMs + longestMs);
  }

  /** The token of the session's newest position. The same session gives the same token, which is what a replay needs. */
  private withToken(session: Session): SessionWithToken {
    const expiresAtSeconds = Math.floor(session.expiresAtMs / 1000);
    const { generation, branch } = session.chain;
    return {
      session,
      refreshToken: this.codec.encode({ sessionId: session.id, generation, branch, expiresAtSeconds }),
      refreshExpiresInSeconds: Math.max(0, expiresAtSeconds - this.clock.nowSeconds()),
    };
  }
}

function keyOf(sessionId: string): string {
  return `session:${sessionId}`;
}

function changedTooOften(during: string): StoreUnavailable {
  return new StoreUnavailable(`a session changed ${mostRaces} times during one ${during}`);
}

function endedMeanwhile(): GatehouseError {
  return new GatehouseError('UNAUTHORIZED', {
    detail: 'all sessions of the person ended while they logged in',
  });
}
