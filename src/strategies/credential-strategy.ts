import { GatehouseError } from '../common/gatehouse-error';
import type { Identity } from './identity';

/** A name and a password as the person typed them. The password is used once and kept nowhere. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Where a login comes from. Strategies may log it or pass it on; they decide nothing by it. */
export interface LoginContext {
  readonly requestId: string;
  readonly address: string;
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
  | { readonly accepted: false; readonly reason: RefusalReason };

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
    options: { readonly cause?: unknown; readonly retryAfterSeconds?: number } = {},
  ) {
    super('SERVICE_UNAVAILABLE', { ...options, detail: `${strategy}: ${detail}` });
  }
}
