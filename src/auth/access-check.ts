import type { Session } from '../sessions/session';
import type { Identity } from '../strategies/identity';
import type { Visit } from './auth.service';
import type { IdentityReading } from './identity-renewal';

/** Whom a request speaks for that was let in. */
export interface Bearer {
  readonly identity: Identity;
  /** Absent where the source keeps the session. */
  readonly session?: Session;
  /** What the token may be used for, where a client opened the session; absent for the native API, which may use it for anything. */
  readonly scope?: readonly string[];
}

/** An access token that a request brought. */
export interface PresentedAccess {
  /** The session of ours that the token proves, live or not. Found without asking anybody. */
  readonly sessionId?: string;

  /**
   * Decides whether the token lets its bearer in. Only closed routes ask.
   * @throws GatehouseError INVALID_TOKEN, TOKEN_EXPIRED; SERVICE_UNAVAILABLE when that cannot be found out now.
   */
  admit(): Promise<Bearer>;
}

/** Tells whom the tokens of a request speak for: our own ones (`own-access-check.ts`) or the source's (`relay/`). */
export abstract class AccessCheck {
  /** Takes any text; a bad token is told by `admit`. Makes no network call. */
  abstract present(accessToken: string): PresentedAccess;

  /** The same for the token of a session that lives by being used; undefined where there are none. Makes no network call. */
  abstract presentSession(
    sessionToken: string,
    visit: Visit,
    reading?: IdentityReading,
  ): PresentedAccess | undefined;

  /** The session of ours that a good refresh token names, live or not; undefined for any other text. */
  abstract sessionIdOf(refreshToken: string): string | undefined;

  /**
   * The live session that a refresh token could still lead on, which changes nothing. Undefined for any other text, a spent token
   * included, and where the source keeps the sessions.
   */
  abstract sessionOf(refreshToken: string): Promise<Session | undefined>;
}
