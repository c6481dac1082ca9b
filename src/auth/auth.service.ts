import { GatehouseError } from '../common/gatehouse-error';
import type { RateLimitExcess } from '../common/rate-limit.decorator';
import type { RequestContext } from '../common/request-context';
import type { Session, SessionGrant } from '../sessions/session';
import type { Credentials, PasswordState } from '../strategies/credential-strategy';
import type { Identity } from '../strategies/identity';

/** Which door a request came through, and what is known of it. */
export interface Visit extends RequestContext {
  /** `native` or the name of a dialect. */
  readonly door: string;
  /** What the device cookies of the request hold, unchecked, where the door reads them. */
  readonly deviceTokens?: readonly string[];
}

export interface LoginRequest {
  readonly credentials: Credentials;
  /** Asks this strategy only. */
  readonly strategy?: string;
  /** The client that logs the person in, and what it was granted; absent for the native API itself. */
  readonly grant?: SessionGrant;
  /** What sort of session is wanted, where it is not one that refreshes lead on. */
  readonly session?: SessionWish;
  /** What the client says of the login besides, for the audit trail alone: no more than a few KiB, and no secret. */
  readonly clientData?: Readonly<Record<string, unknown>>;
}

/** How a session lives that is none of the native API's. */
export interface SessionWish {
  /** How long it lives unused, in milliseconds. */
  readonly idleMs?: number;
  /** How long it lives at most, in milliseconds. */
  readonly longestMs?: number;
  /** Sessions that the caller ends once this one is open; they take no place of SESSIONS_MAX_PER_PERSON any more. */
  readonly replaces?: readonly string[];
}

/** The client that presents a refresh token, once it has authenticated. */
export interface RefreshingClient {
  readonly clientId: string;
  /** Narrows what the new access token may be used for (RFC 6749 section 6). */
  readonly scope?: readonly string[];
}

/** What a client needs to go on. Doors decide how each part travels. Relayed tokens may lack all but the access token. */
export interface IssuedTokens {
  readonly accessToken: string;
  /** Absent where a relayed token does not say when it ends. */
  readonly expiresInSeconds?: number;
  /** Absent where a source gave none: then the client keeps the one that it has. */
  readonly refreshToken?: string;
  /** Absent where only the source knows. */
  readonly refreshExpiresInSeconds?: number;
  /** Where the scope `openid` was granted. */
  readonly idToken?: string;
  /** What the access token may be used for, where a client asked for it. */
  readonly scope?: readonly string[];
  /** Absent where the source keeps the session. */
  readonly session?: Session;
}

export interface LoginResult extends IssuedTokens {
  /** Absent only where a relayed token could not be verified here and now. */
  readonly identity?: Identity;
  readonly password?: PasswordState;
  /** For the device cookie, at the doors that browsers come through. */
  readonly deviceToken?: string;
}

/**
 * The story of a login, a refresh and a logout. Every door calls it, and none can forget a step. There are two tellings: with our
 * own sessions and tokens (`own-token-auth.service.ts`), and with those of the source (`relay/relay-auth.service.ts`).
 */
export abstract class AuthService {
  /**
   * Checks a name and a password and gives tokens. The throttler has let the request through before.
   * @throws GatehouseError UNAUTHORIZED or what the source said of the account; SERVICE_UNAVAILABLE when it could not answer;
   * TOO_MANY_REQUESTS when it said so, or when the name was refused too often; VALIDATION_ERROR for an unknown strategy.
   */
  abstract login(request: LoginRequest, visit: Visit): Promise<LoginResult>;

  /**
   * Leads a session on with a new access token. Without a client it is the native API that asks: it serves its own sessions, and
   * those of public clients.
   * @throws GatehouseError REFRESH_TOKEN_INVALID, _EXPIRED or _REUSED; INVALID_SCOPE for more than was granted;
   * SERVICE_UNAVAILABLE; TOO_MANY_REQUESTS.
   */
  abstract refresh(refreshToken: string, visit: Visit, client?: RefreshingClient): Promise<IssuedTokens>;

  /**
   * Refuses a refresh that brings no token.
   * @throws GatehouseError NO_REFRESH_COOKIE, always
   */
  refreshWithoutToken(): never {
    throw new GatehouseError('NO_REFRESH_COOKIE');
  }

  /** Ends a session because a login takes the place of its cookie. There is nothing to do where the source keeps the sessions. */
  endReplaced(_session: Session, _visit: Visit): Promise<void> {
    return Promise.resolve();
  }

  /** Ends the sessions that a request's tokens name. Ending one that has ended already is no error. */
  abstract logout(tokens: PresentedSession, visit: Visit): Promise<void>;
}

/** How a request says which session it means. */
export interface PresentedSession {
  readonly refreshToken?: string;
  /** The session of ours that a good access token names. */
  readonly accessSessionId?: string;
  /** Set when so many logouts come from this address that what costs others should be left out. */
  readonly excess?: RateLimitExcess | undefined;
}
