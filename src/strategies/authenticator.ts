import { Injectable } from '@nestjs/common';
import {
  authenticatesByDn,
  type AuthenticatesByDn,
  changesPassword,
  type Credentials,
  type CredentialStrategy,
  isClosable,
  knowsNames,
  type LoginContext,
  type OwnName,
  type PasswordChange,
  readsEntries,
  type RefusalReason,
  rereadsIdentity,
  type SourceEntry,
  type Verdict,
} from './credential-strategy';
import { canonicalUsername, type Identity } from './identity';
import { healthOf, type SourceHealth } from './source-health';

/** What a source says of somebody who has logged in before. */
export type Reread =
  | { readonly kind: 'current'; readonly identity: Identity }
  /** Gone, disabled, locked, or their source is no longer configured. */
  | { readonly kind: 'gone' }
  /** The source has no way to look without a password. */
  | { readonly kind: 'unsupported' };

/** What a source shows of somebody who has logged in before. */
export type EntryReading =
  | { readonly kind: 'read'; readonly entry: SourceEntry }
  /** Gone, barred, or their source is no longer configured. */
  | { readonly kind: 'gone' }
  /** The source has no entries, or no account of its own to read them with. */
  | { readonly kind: 'unsupported' };

/** Asks the configured strategies, in their order, whose login this is. */
@Injectable()
export class Authenticator {
  private readonly byName: ReadonlyMap<string, CredentialStrategy>;

  /** @throws Error when two strategies have the same name: their subjects would get mixed up. */
  constructor(private readonly strategies: readonly CredentialStrategy[]) {
    this.byName = new Map(strategies.map((strategy) => [strategy.name, strategy]));
    if (this.byName.size !== strategies.length) throw new Error('Two strategies have the same name');
  }

  /** The names of the strategies in the order in which they are tried. */
  get names(): readonly string[] {
    return this.strategies.map((strategy) => strategy.name);
  }

  /** How each source is, from what was seen of it. Asks nobody. */
  health(): readonly SourceHealth[] {
    return this.strategies.map(healthOf);
  }

  has(strategyName: string): boolean {
    return this.byName.has(strategyName);
  }

  /**
   * Only a refusal goes on to the next strategy. An outage ends the login at once: the person may well be known to the source that
   * is down, and must not be told that the password is wrong. Credentials that name a DN go to the sources below whose base it lies,
   * and to no other.
   * @param strategyName asks this strategy alone; check it with `has` first
   * @throws StrategyUnavailable when a source could not answer
   */
  async authenticate(
    credentials: Credentials,
    context: LoginContext,
    strategyName?: string,
  ): Promise<Verdict> {
    // An empty password makes an LDAP bind an anonymous one, which succeeds (RFC 4513 section 5.1.2).
    if (credentials.password === '' || canonicalUsername(credentials.username) === '') {
      return { accepted: false, reason: 'invalid_credentials' };
    }
    const refusals = new Refusals();
    for (const { strategy, ask } of this.asked(credentials, strategyName)) {
      const verdict = await ask(context);
      if (verdict.accepted) return verdict;
      refusals.add(strategy.name, verdict);
    }
    return { accepted: false, ...refusals.together() };
  }

  /**
   * Changes a password at the first source that takes the old one. Only a refusal goes on to the next.
   * @param credentials with a login name, or with a DN that the caller knows to be the one of the person's own entry
   * @returns undefined when the sources that could have this name cannot change passwords, or none at all can
   * @throws StrategyUnavailable when a source could not answer
   */
  async changePassword(
    credentials: Credentials,
    newPassword: string,
    context: LoginContext,
    strategyName?: string,
  ): Promise<PasswordChange | undefined> {
    if (credentials.password === '' || newPassword === '')
      return { changed: false, reason: 'invalid_credentials' };
    const possible = this.possible(credentials, strategyName);
    const able = possible.filter(changesPassword);
    const refusals = new Refusals();
    for (const strategy of able) {
      const change = await strategy.changePassword(credentials, newPassword, context);
      if (change.changed || change.reason === 'rejected_by_policy') return change;
      refusals.add(strategy.name, change);
    }
    // A name that no source takes is answered like any other that is wrong.
    const isNobodys = possible.length === 0 && this.strategies.some(changesPassword);
    return able.length > 0 || isNobodys ? { changed: false, ...refusals.together() } : undefined;
  }

  /** @throws StrategyUnavailable when the source could not answer */
  async reread(identity: Identity): Promise<Reread> {
    const strategy = this.byName.get(identity.strategy);
    if (!strategy) return { kind: 'gone' };
    if (!rereadsIdentity(strategy)) return { kind: 'unsupported' };
    const current = await strategy.reread(identity);
    // Another subject is another person, whatever the name says.
    if (!current || current.subject !== identity.subject) return { kind: 'gone' };
    return { kind: 'current', identity: current };
  }

  /**
   * Reads the entry of somebody who has logged in before, with the rights of the source's own account.
   * @param names as ReadsEntries takes them
   * @throws StrategyUnavailable when the source could not answer
   */
  async readEntry(identity: Identity, names: readonly string[]): Promise<EntryReading> {
    const strategy = this.byName.get(identity.strategy);
    if (!strategy) return { kind: 'gone' };
    if (!readsEntries(strategy)) return { kind: 'unsupported' };
    const entry = await strategy.readEntry(identity, names);
    return entry ? { kind: 'read', entry } : { kind: 'gone' };
  }

  /** The strategy that a login is put to, where there is only one; told by the name alone, as `authenticate` chooses it. */
  onlyCandidate(credentials: Credentials, strategyName?: string): string | undefined {
    const [only, ...others] = this.possible(credentials, strategyName);
    return others.length === 0 ? only?.name : undefined;
  }

  canReread(strategyName: string): boolean {
    const strategy = this.byName.get(strategyName);
    return strategy !== undefined && rereadsIdentity(strategy);
  }

  /** Whether a DN can be one of some source's; false for a text that is no DN. Makes no network call. */
  holdsDn(dn: string): boolean {
    return this.holdersOf(dn, undefined).length > 0;
  }

  /** Lets every strategy go of what it holds, also when one of them fails; the first failure is thrown at the end. */
  async close(): Promise<void> {
    const closing = this.strategies.filter(isClosable).map((strategy) => strategy.close());
    for (const outcome of await Promise.allSettled(closing)) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
  }

  /**
   * The one spelling of a login name that counters and the audit trail use: the same for `alice`, `Alice ` and `DOMAIN\\alice`
   * where a source knows that domain as its own. A DN of a source's counts as the account that it names, where the DN itself tells
   * it, else as its normalised form; so whoever reads counters need not know by which of the two somebody was named.
   */
  canonicalName(username: string): string {
    for (const strategy of this.strategies) {
      const dn = authenticatesByDn(strategy) ? strategy.ownDn(username) : undefined;
      if (dn) return dn.account === undefined ? dn.key : canonicalUsername(dn.account);
      const own = knowsNames(strategy) ? strategy.ownName(username) : undefined;
      if (own?.certain) return canonicalUsername(own.account);
    }
    return canonicalUsername(username);
  }

  /**
   * The names of the sources to which credentials lead, in the order in which they would be asked. Makes no network call, so it does
   * not depend on who has an account.
   * @param strategyName as for `authenticate`
   */
  sourcesOf(
    credentials: Pick<Credentials, 'username' | 'namedBy'>,
    strategyName?: string,
  ): readonly string[] {
    return this.possible(credentials, strategyName).map((strategy) => strategy.name);
  }

  /** Whom to ask, and how. */
  private asked(credentials: Credentials, strategyName: string | undefined): readonly Asked[] {
    if (credentials.namedBy === 'dn') {
      return this.holdersOf(credentials.username, strategyName).map((strategy) => ({
        strategy,
        ask: (context) => strategy.authenticateByDn(credentials, context),
      }));
    }
    return this.candidates(credentials.username, strategyName).map((strategy) => ({
      strategy,
      ask: (context) => strategy.authenticate(credentials, context),
    }));
  }

  private possible(
    { username, namedBy }: Pick<Credentials, 'username' | 'namedBy'>,
    strategyName: string | undefined,
  ): readonly CredentialStrategy[] {
    return namedBy === 'dn'
      ? this.holdersOf(username, strategyName)
      : this.candidates(username, strategyName);
  }

  /** Those below whose base a DN lies. */
  private holdersOf(
    dn: string,
    strategyName: string | undefined,
  ): readonly (CredentialStrategy & AuthenticatesByDn)[] {
    const possible = strategyName === undefined ? this.strategies : [this.chosen(strategyName)];
    return possible.filter(authenticatesByDn).filter((strategy) => strategy.ownDn(dn) !== undefined);
  }

  /** Decided by the name alone: a directory that is down delays no login of another one. */
  private candidates(username: string, strategyName: string | undefined): readonly CredentialStrategy[] {
    if (strategyName !== undefined) return [this.chosen(strategyName)];
    const possible = this.strategies
      .map((strategy) => ({ strategy, own: knowsNames(strategy) ? strategy.ownName(username) : unknown }))
      .filter(({ own }) => own !== undefined);
    const certain = possible.filter(({ own }) => own?.certain);
    return (certain.length > 0 ? certain : possible).map(({ strategy }) => strategy);
  }

  private chosen(strategyName: string): CredentialStrategy {
    const strategy = this.byName.get(strategyName);
    if (!strategy) throw new Error('There is no strategy with the chosen name');
    return strategy;
  }
}

interface Asked {
  readonly strategy: CredentialStrategy;
  readonly ask: (context: LoginContext) => Promise<Verdict>;
}

/** What a source that cannot tell by the name makes of any name. */
const unknown: OwnName = { account: '', certain: false };

/** Why a source refused, for the client and in truth. */
interface Refusal {
  readonly reason: RefusalReason;
  readonly logReason?: string | undefined;
}

/** What the sources that were asked refused, as one answer. */
class Refusals {
  private readonly reasons: RefusalReason[] = [];
  private readonly logReasons: string[] = [];

  add(strategyName: string, { reason, logReason }: Refusal): void {
    this.reasons.push(reason);
    if (logReason !== undefined) this.logReasons.push(`${strategyName}: ${logReason}`);
  }

  /** A source that says more than "wrong" knows the person; the first such answer stands. */
  together(): { readonly reason: RefusalReason; readonly logReason?: string } {
    const reason = this.reasons.find((one) => one !== 'invalid_credentials') ?? 'invalid_credentials';
    return { reason, ...(this.logReasons.length > 0 && { logReason: this.logReasons.join('; ') }) };
  }
}
