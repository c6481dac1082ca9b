import { GatehouseError } from '../common/gatehouse-error';
import type { LocalizedText } from '../common/locale';
import type { AccountGate } from './account-at-risk';
import type { Identity } from './identity';

/** A name and a password as the person typed them. The password is used once and kept nowhere. */
export interface Credentials {
  /** A login name, or where `namedBy` says so a DN. */
  readonly username: string;
  readonly password: string;
  /**
   * `dn` where `username` is the distinguished name of the person's entry (RFC 4514). Only sources with the power to authenticate by
   * DN are asked then, and no other source ever sees the text.
   */
  readonly namedBy?: 'dn';
}

/** Where a login comes from. Strategies may log it or pass it on; they decide nothing by it. */
export interface LoginContext {
  readonly requestId: string;
  readonly address: string;
  /**
   * What a source asks before it tries a password: see `tryPassword`. Absent where nobody counts, as in `doctor`, and for the strategies of an
   * application that embeds the gateway, whose tries are taken for them.
   */
  readonly gate?: AccountGate;
}

/** A further power: to tell by the name alone which account a login tries, where a source counts by names and cannot look anybody up. */
export interface KnowsAccounts {
  /** The `AccountAtRisk.key` of a login by this name; undefined for a name that is nobody's here. */
  accountKey(username: string): string | undefined;
}

export function knowsAccounts(strategy: CredentialStrategy): strategy is CredentialStrategy & KnowsAccounts {
  return 'accountKey' in strategy && typeof strategy.accountKey === 'function';
}

/** What the source knows of the password that was just accepted. */
export interface PasswordState {
  readonly secondsUntilExpiration?: number;
  readonly mustChange: boolean;
}

/**
 * Why a source refused. `invalid_credentials` covers the wrong password and the unknown name alike; the others are given
 * only where the source itself said so.
 */
export const refusalReasons = [
  'invalid_credentials',
  'password_expired',
  'password_must_change',
  'account_disabled',
  'account_expired',
  'account_locked',
  'logon_not_allowed',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** A refused password is a value; a source that cannot answer is an error (StrategyUnavailable). */
export type Verdict =
  | { readonly accepted: true; readonly identity: Identity; readonly password?: PasswordState }
  | {
      readonly accepted: false;
      readonly reason: RefusalReason;
      /** Why in truth, for the audit trail and the log only: it may reveal that the account exists. */
      readonly logReason?: string;
    };

/** Decides whether a name and a password belong together. Knows nothing of tokens, cookies or replies. */
export abstract class CredentialStrategy {
  /** The name in STRATEGIES; it also begins every subject that the strategy gives. */
  abstract readonly name: string;

  /**
   * Resolves with the verdict. The password is never empty and is passed on exactly as typed.
   * @throws StrategyUnavailable when the source could not answer; never for a wrong password.
   */
  abstract authenticate(credentials: Credentials, context: LoginContext): Promise<Verdict>;
}

/** A further power: to read somebody again without a password, so that a refresh sees changes. */
export interface RereadsIdentity {
  /**
   * The person as the source knows them now, or undefined when they are gone, disabled or locked.
   * @throws StrategyUnavailable when the source could not answer.
   */
  reread(identity: Identity): Promise<Identity | undefined>;
}

export function rereadsIdentity(
  strategy: CredentialStrategy,
): strategy is CredentialStrategy & RereadsIdentity {
  return 'reread' in strategy && typeof strategy.reread === 'function';
}

/** What an attempt to change a password came to. */
export type PasswordChange =
  | {
      readonly changed: true;
      /** Whose sessions are to end; undefined where the source could not tell after the change. */
      readonly subject?: string;
    }
  | {
      readonly changed: false;
      readonly reason: RefusalReason;
      /** As in `Verdict`. */
      readonly logReason?: string;
    }
  | {
      readonly changed: false;
      readonly reason: 'rejected_by_policy';
      /** The policy's reason for the person, where the source gave one that we understand. */
      readonly text?: LocalizedText;
      /** The source's own words, for the log; bounded, without any password. */
      readonly detail: string;
    };

/** A further power: to change a password, also one that has expired or must be changed. */
export interface ChangesPassword {
  /**
   * Takes the old password as proof. Tries it at most once.
   * @param credentials whose `username` is a DN, where `namedBy` says so, only for a source that authenticates by DN too
   * @throws StrategyUnavailable when the source could not answer
   */
  changePassword(
    credentials: Credentials,
    newPassword: string,
    context: LoginContext,
  ): Promise<PasswordChange>;
}

export function changesPassword(
  strategy: CredentialStrategy,
): strategy is CredentialStrategy & ChangesPassword {
  return 'changePassword' in strategy && typeof strategy.changePassword === 'function';
}

/** A login name that a strategy takes for one of its own. */
export interface OwnName {
  /** Without the domain, where the name had one of this source's. */
  readonly account: string;
  /** True when the name itself said whose it is, so that no other source need be asked. */
  readonly certain: boolean;
  /** `user@domain` whole, where it was typed so: its first part need not be the account (MS-ADTS 5.1.1.1.1). */
  readonly principalName?: string;
}

/** A further power: to tell from the name alone, without any network call, whether a login can be one of this source's. */
export interface KnowsNames {
  /** Undefined when the name belongs to another source. */
  ownName(typed: string): OwnName | undefined;
}

export function knowsNames(strategy: CredentialStrategy): strategy is CredentialStrategy & KnowsNames {
  return 'ownName' in strategy && typeof strategy.ownName === 'function';
}

/** Somebody who was found by name. */
export interface FoundPerson {
  readonly identity: Identity;
  /** True when a login would be refused whatever the password: disabled, expired or the like. */
  readonly isBarred: boolean;
}

/**
 * A further power: to find somebody by their login name alone, as a comparison of two sources needs it. Never tries a password and
 * never binds as the person.
 */
export interface LooksUpPeople {
  /**
   * The person whom a login by this name would be, barred or not; undefined when there is none, or several.
   * @throws StrategyUnavailable when the source could not answer.
   */
  lookUp(username: string): Promise<FoundPerson | undefined>;
}

export function looksUpPeople(strategy: CredentialStrategy): strategy is CredentialStrategy & LooksUpPeople {
  return 'lookUp' in strategy && typeof strategy.lookUp === 'function';
}

/** A DN that a strategy takes for one of its own. */
export interface OwnDn {
  /** The same for every spelling of the DN. */
  readonly key: string;
  /** The login name of the entry, where the DN itself tells it. */
  readonly account?: string;
}

/** A further power: to check the password of somebody who is named by the DN of their entry. */
export interface AuthenticatesByDn {
  /** Tells without any network call whether a DN can be one of this source's; undefined for a text that is no DN, too. */
  ownDn(text: string): OwnDn | undefined;
  /**
   * As `authenticate`, with all that it checks. A DN of nobody who may log in is refused like a wrong password.
   * @param credentials whose `username` is the DN as the client sent it
   * @throws StrategyUnavailable when the source could not answer
   */
  authenticateByDn(credentials: Credentials, context: LoginContext): Promise<Verdict>;
}

export function authenticatesByDn(
  strategy: CredentialStrategy,
): strategy is CredentialStrategy & AuthenticatesByDn {
  return 'authenticateByDn' in strategy && typeof strategy.authenticateByDn === 'function';
}

/** An entry as its source shows it, without secrets. */
export interface SourceEntry {
  readonly dn: string;
  /**
   * Values by attribute, both in the order and the spelling of the source, options such as `;binary` included. Bytes are base64
   * (RFC 4648 section 4), points in time ISO 8601 in UTC.
   */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** A further power: to read the entry of somebody who has logged in before, with the rights of the source's own account. */
export interface ReadsEntries {
  /**
   * Passwords, hashes, keys and their kin are never among the attributes, nor is what goes beyond the source's limits.
   * @param names attributes, `*` for all user attributes, `+` for all operational ones (RFC 4511 section 4.5.1.8, RFC 3673); none
   * gives no attributes, and names that the source does not know are left out
   * @returns undefined when the person is gone, barred or no longer let in
   * @throws StrategyUnavailable when the source could not answer
   */
  readEntry(identity: Identity, names: readonly string[]): Promise<SourceEntry | undefined>;
}

export function readsEntries(strategy: CredentialStrategy): strategy is CredentialStrategy & ReadsEntries {
  return 'readEntry' in strategy && typeof strategy.readEntry === 'function';
}

/** A further power: to let go of connections and timers when the process ends. */
export interface Closable {
  close(): Promise<void>;
}

export function isClosable(strategy: CredentialStrategy): strategy is CredentialStrategy & Closable {
  return 'close' in strategy && typeof strategy.close === 'function';
}

/** The source could not answer: down, too slow, or talking nonsense. Becomes 503, never a wrong password. */
export class StrategyUnavailable extends GatehouseError {
  override readonly name = 'StrategyUnavailable';

  /** `detail` goes to the log; it holds no password and no secret. */
  constructor(
    readonly strategy: string,
    detail: string,
    { code = 'SERVICE_UNAVAILABLE', ...options }: UnavailableOptions = {},
  ) {
    const limit = code === 'TOO_MANY_REQUESTS' ? { limit: 'source' as const } : {};
    super(code, { ...options, ...limit, detail: `${strategy}: ${detail}` });
  }
}

interface UnavailableOptions {
  readonly cause?: unknown;
  readonly retryAfterSeconds?: number;
  /** TOO_MANY_REQUESTS where the source itself said so (429): the caller is told, with its Retry-After. */
  readonly code?: 'SERVICE_UNAVAILABLE' | 'TOO_MANY_REQUESTS';
  /** The public text, where it is not the code's own. */
  readonly text?: LocalizedText;
}
