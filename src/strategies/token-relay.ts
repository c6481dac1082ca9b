import type { Credentials, LoginContext, RefusalReason } from './credential-strategy';
import type { Identity } from './identity';

/** Tokens that the source issued itself. The gateway hands them through and keeps none of them. */
export interface RelayedTokens {
  readonly accessToken: string;
  /** Where the access token says so itself. */
  readonly accessExpiresAtSeconds?: number;
  /** Undefined where the source gave none: then a client keeps the one that it has. */
  readonly refreshToken?: string;
}

export type RelayedLogin =
  | {
      readonly accepted: true;
      /** Undefined where the access token could not be verified here and now: then nobody is named rather than guessed. */
      readonly identity?: Identity;
      readonly tokens: RelayedTokens;
    }
  | { readonly accepted: false; readonly reason: RefusalReason; readonly logReason?: string };

export type RelayedRefresh =
  | {
      readonly accepted: true;
      readonly tokens: RelayedTokens;
      /** Whom the new access token names, for the audit trail. Undefined as with a login. */
      readonly identity?: Identity;
    }
  | { readonly accepted: false };

/** What an access token of the source turned out to be. No text holds any part of the token. */
export type RelayedBearer =
  | { readonly good: true; readonly identity: Identity; readonly expiresAtSeconds: number }
  | {
      readonly good: false;
      /** `no_key_id`: it does not say which key signed it. */
      readonly fault: 'expired' | 'no_key_id' | 'invalid';
      /** Why, for the log. */
      readonly detail: string;
    };

/**
 * A source that issues tokens and keeps sessions by itself; the gateway only translates. Refusals are values, outages are errors,
 * as with every strategy. Nothing is sent twice that may have arrived.
 */
export abstract class TokenRelay {
  /** The name of the strategy. */
  abstract readonly name: string;

  /** @throws StrategyUnavailable when the source could not answer, or answered 429 (TOO_MANY_REQUESTS). */
  abstract login(credentials: Credentials, context: LoginContext): Promise<RelayedLogin>;

  /** @throws StrategyUnavailable as `login`. */
  abstract refresh(refreshToken: string, context: LoginContext): Promise<RelayedRefresh>;

  /**
   * Ends the session at the source, also where the token has a successor that is on its way or was just given.
   * @throws StrategyUnavailable when the source did not confirm that.
   */
  abstract revoke(refreshToken: string, context: LoginContext): Promise<void>;

  /**
   * Verifies an access token by the source's keys, its issuer, audience and end.
   * @throws StrategyUnavailable when the keys cannot be read.
   */
  abstract identify(accessToken: string): Promise<RelayedBearer>;
}
