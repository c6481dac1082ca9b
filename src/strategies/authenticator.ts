import { Injectable } from '@nestjs/common';
import {
  type Credentials,
  type CredentialStrategy,
  isClosable,
  type LoginContext,
  type RefusalReason,
  rereadsIdentity,
  type Verdict,
} from './credential-strategy';
import { canonicalUsername, type Identity } from './identity';

/** What a source says of somebody who has logged in before. */
export type Reread =
  | { readonly kind: 'current'; readonly identity: Identity }
  /** Gone, disabled, locked, or their source is no longer configured. */
  | { readonly kind: 'gone' }
  /** The source has no way to look without a password. */
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

  has(strategyName: string): boolean {
    return this.byName.has(strategyName);
  }

  /**
   * Only a refusal goes on to the next strategy. An outage ends the login at once: the person may well be known to the source that
   * is down, and must not be told that the password is wrong.
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
    const reasons: RefusalReason[] = [];
    for (const strategy of this.chosen(strategyName)) {
      const verdict = await strategy.authenticate(credentials, context);
      if (verdict.accepted) return verdict;
      reasons.push(verdict.reason);
    }
    return { accepted: false, reason: mostTelling(reasons) };
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

  canReread(strategyName: string): boolean {
    const strategy = this.byName.get(strategyName);
    return strategy !== undefined && rereadsIdentity(strategy);
  }

  /** Lets every strategy go of what it holds, also when one of them fails; the first failure is thrown at the end. */
  async close(): Promise<void> {
    const closing = this.strategies.filter(isClosable).map((strategy) => strategy.close());
    for (const outcome of await Promise.allSettled(closing)) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
  }

  private chosen(strategyName: string | undefined): readonly CredentialStrategy[] {
    if (strategyName === undefined) return this.strategies;
    const strategy = this.byName.get(strategyName);
    if (!strategy) throw new Error('There is no strategy with the chosen name');
    return [strategy];
  }
}

/** A source that says more than "wrong" knows the person; the first such answer stands. */
function mostTelling(reasons: readonly RefusalReason[]): RefusalReason {
  return reasons.find((reason) => reason !== 'invalid_credentials') ?? 'invalid_credentials';
}
