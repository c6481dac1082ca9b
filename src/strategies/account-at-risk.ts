/** An account of a source, of which one password is about to be tried. */
export interface AccountAtRisk {
  /**
   * The same for every name by which somebody may log in to this account, and for no other account: the subject where the source
   * looks before it tries, else what comes closest. Begins with the name of the strategy.
   */
  readonly key: string;
  /** When the source itself locks this account, where it says so. */
  readonly lockout?: SourceLockout;
  /** The source has looked before it tries and has found the account, so that the login name is somebody’s: it may be named in the audit trail, and it is counted in a record of its own. */
  readonly isFound?: boolean;
}

/** When a source locks an account by itself. */
export interface SourceLockout {
  /** Wrong passwords that lock the account, such as `lockoutThreshold` or `pwdMaxFailure`; at least 1. */
  readonly failures: number;
  /** After so long without a further wrong one the source forgets them; undefined where it never does. */
  readonly windowSeconds?: number;
  /** Wrong passwords that the source counts for this account at present, where it says so. */
  readonly counted?: number;
}

/** Lets passwords be tried against an account as long as it has tries left. */
export interface AccountGate {
  /**
   * Takes one try of the account, runs `attempt`, which tries one password once, and counts what came of it. Whoever throws has
   * learnt nothing of the password, so that the try is given back.
   * @returns undefined, without having run `attempt`, when no try is left
   */
  pass<T>(
    account: AccountAtRisk,
    attempt: () => Promise<T>,
    passwordWas: (result: T) => 'right' | 'wrong',
  ): Promise<T | undefined>;
}

/** The one way in which sources try a password, around the very call that can count at the source. As `AccountGate.pass`. */
export function tryPassword<T>(
  { gate }: { readonly gate?: AccountGate },
  account: AccountAtRisk,
  attempt: () => Promise<T>,
  passwordWas: (result: T) => 'right' | 'wrong',
): Promise<T | undefined> {
  return gate ? gate.pass(account, attempt, passwordWas) : attempt();
}

/** For the audit trail: the refusal of a password that was not tried. To the client it is a wrong one. */
export const noTriesLeft = 'not tried: too many wrong passwords of this account (LOCKOUT_MAX_FAILURES)';
