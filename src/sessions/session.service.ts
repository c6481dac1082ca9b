import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { GatehouseError } from '../common/gatehouse-error';
import { fewRandomBytes } from '../common/random-bytes';
import { Settings } from '../config/settings';
import { type KeyBatch, Store, StoreUnavailable } from '../stores/store';
import type { Identity } from '../strategies/identity';
import { renewedCookie, touchEveryMs } from './cookie-renewal';
import { type LiveSession, LiveSessions } from './live-sessions';
import { type RefreshTokenContent, RefreshTokenCodec, sessionIdBytes } from './refresh-token';
import { RevocationFeed } from './revocation-feed';
import { decideRotation, firstChain, type Rotation } from './rotation';
import { type Session, type SessionClient, type SessionGrant } from './session';
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
export interface PresentedRefresh extends LiveSession {
  readonly content: RefreshTokenContent;
  readonly rotation: Exclude<Rotation, { kind: 'reuse' }>;
}

/** What a refresh may bring in from the credential source. */
export type IdentityUpdate = Pick<Session, 'identity' | 'identityReadAtMs' | 'identityIsStale'>;

/** What is asked of whoever presents a refresh token, by its session and what the token means there. @throws what they are answered */
export type TokenDemand = (session: Session, means: Rotation['kind']) => void;

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
  /** When the password expires, where the source said so at the login. */
  readonly passwordExpiresAtMs?: number;
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

/** Each lost race means that another request moved the session on, after which ours becomes a replay. */
const mostRaces = 10;

/** Opens, rotates and revokes sessions. The store's compare-and-replace decides every race. */
@Injectable()
export class SessionService {
  private readonly policy: SessionPolicy;
  private readonly live: LiveSessions;
  /** Where every end of a session before its time is published. */
  readonly revocations: RevocationFeed;

  constructor(
    store: Store,
    private readonly codec: RefreshTokenCodec,
    private readonly clock: Clock,
    @Inject(Settings) settings: Settings,
  ) {
    this.policy = sessionPolicy(settings);
    this.revocations = new RevocationFeed(store, clock, settings);
    this.live = new LiveSessions(store, clock, this.policy, this.revocations);
  }

  /** The clock by which sessions live; a login notes it before the password is checked. */
  nowMs(): number {
    return this.clock.nowMs();
  }

  /** Opens a session. It is durable when this resolves. The person's oldest ends where they have too many. */
  async open(identity: Identity, client: SessionClient, terms: LoginTerms): Promise<OpenedSession> {
    const { startedAtMs, grant, idleMs, passwordExpiresAtMs } = terms;
    const nowMs = this.clock.nowMs();
    const endMs = this.latestEndMs(terms, nowMs);
    const session: Session = {
      id: fewRandomBytes(sessionIdBytes).toString('base64url'),
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
      ...(passwordExpiresAtMs !== undefined && { passwordExpiresAtMs }),
    };
    const displaced = await this.live.open(session, terms.replaces);
    return { ...this.withToken(session), displaced };
  }

  /**
   * Says what a presented refresh token means, without changing the session, except that reuse ends it.
   * @param demand throws where the session is none for who presents the token, or reuse is no reason to end it; asked before it does
   * @throws GatehouseError REFRESH_TOKEN_INVALID, _EXPIRED or _REUSED.
   */
  async resolve(refreshToken: string, demand: TokenDemand = () => undefined): Promise<PresentedRefresh> {
    const content = this.codec.decode(refreshToken);
    if (!content) throw new GatehouseError('REFRESH_TOKEN_INVALID', { detail: 'not a token of ours' });
    if (content.expiresAtSeconds <= this.clock.nowSeconds())
      throw new GatehouseError('REFRESH_TOKEN_EXPIRED');
    return this.resolveContent(content, demand);
  }

  /**
   * Leads the session on and gives the successor of the token that was presented. Durable when this resolves.
   * @param demand as for `resolve`; asked again before each write, since reading the person anew may have taken seconds
   */
  async rotate(
    presented: PresentedRefresh,
    update: IdentityUpdate,
    demand: TokenDemand = () => undefined,
  ): Promise<SessionWithToken> {
    let current = presented;
    for (let race = 0; race < mostRaces; race++) {
      if (current.rotation.kind === 'replay') return this.withToken(current.session);
      demand(current.session, current.rotation.kind);
      const next = this.refreshed(current, update);
      if (await this.live.replace(current, next)) return this.withToken(next);
      const moved = await this.readAgain(presented);
      if (!moved) throw new GatehouseError('REFRESH_TOKEN_INVALID', { detail: 'the session has ended' });
      current = moved;
    }
    throw changedTooOften('refresh');
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
      const live = await this.live.read(id);
      if (!live) return undefined;
      const { session } = live;
      const isNews = read ? read.identityReadAtMs > session.identityReadAtMs : isDue(session);
      if (this.clock.nowMs() - session.lastUsedAtMs < touchEveryMs && !isNews) return session;
      read ??= await update(session);
      // Another use may have read the person meanwhile.
      const used = this.used(session, read.identityReadAtMs < session.identityReadAtMs ? session : read);
      const idleMs = session.idleMs ?? this.policy.idleMs;
      const next = { ...used, ...renewedCookie(session, used.lastUsedAtMs, idleMs) };
      if (await this.live.replace(live, next)) return next;
    }
    throw changedTooOften('use');
  }

  /** The subject has changed the password in this session: when the old one would have expired says nothing any more. */
  async forgetPasswordEnd(id: string, subject: string): Promise<void> {
    for (let race = 0; race < mostRaces; race++) {
      const live = await this.live.read(id);
      if (live?.session.passwordExpiresAtMs === undefined || live.session.identity.subject !== subject)
        return;
      const { passwordExpiresAtMs: _old, ...session } = live.session;
      if (await this.live.replace(live, session)) return;
    }
    throw changedTooOften('change of the password');
  }

  /** The session that a good refresh token names, read or not; undefined for any other text. */
  sessionIdOf(refreshToken: string): string | undefined {
    return this.codec.decode(refreshToken)?.sessionId;
  }

  find(id: string): Promise<Session | undefined> {
    return this.live.find(id);
  }

  /** As LiveSessions.of. */
  of(subject: string): Promise<readonly Session[]> {
    return this.live.of(subject);
  }

  /** As LiveSessions.personKeys. */
  personKeys(after: string | undefined, limit: number): Promise<KeyBatch> {
    return this.live.personKeys(after, limit);
  }

  /** As LiveSessions.ofPersonKey. */
  ofPersonKey(key: string): Promise<readonly Session[]> {
    return this.live.ofPersonKey(key);
  }

  /** As LiveSessions.subjectsOf. */
  subjectsOf(username: string): Promise<readonly string[]> {
    return this.live.subjectsOf(username);
  }

  /** As LiveSessions.endAllOf. */
  endAllOf(subject: string, spared?: string, atMs?: number): Promise<readonly Session[]> {
    return this.live.endAllOf(subject, spared, atMs);
  }

  /** As LiveSessions.revoke. */
  revoke(id: string): Promise<boolean> {
    return this.live.revoke(id);
  }

  /**
   * The session after a lost race. The token was good when this request came; if others have led the session on by more than
   * one step meanwhile, it is late and no thief's: it gets what is newest, as if it had been answered in time.
   */
  private async readAgain({ content }: PresentedRefresh): Promise<PresentedRefresh | undefined> {
    const live = await this.live.read(content.sessionId);
    if (!live) return undefined;
    const { session } = live;
    const decided = decideRotation(session.chain, content, this.clock.nowMs(), this.policy.graceMs);
    const rotation = decided.kind === 'reuse' ? { kind: 'replay' as const, chain: session.chain } : decided;
    return { ...live, content, rotation };
  }

  private async resolveContent(content: RefreshTokenContent, demand: TokenDemand): Promise<PresentedRefresh> {
    const live = await this.live.read(content.sessionId);
    if (!live) throw new GatehouseError('REFRESH_TOKEN_INVALID', { detail: 'the session has ended' });
    const { session } = live;
    const rotation = decideRotation(session.chain, content, this.clock.nowMs(), this.policy.graceMs);
    demand(session, rotation.kind);
    if (rotation.kind !== 'reuse') return { ...live, content, rotation };
    await this.revoke(session.id);
    throw new RefreshTokenReused(session);
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

function changedTooOften(during: string): StoreUnavailable {
  return new StoreUnavailable(`a session changed ${mostRaces} times during one ${during}`);
}
