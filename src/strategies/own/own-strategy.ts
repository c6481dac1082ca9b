import { type AccountAtRisk, noTriesLeft, tryPassword } from '../account-at-risk';
import {
  type ChangesPassword,
  changesPassword,
  type Closable,
  type Credentials,
  CredentialStrategy,
  isClosable,
  type KnowsNames,
  knowsNames,
  type LoginContext,
  type PasswordChange,
  type RereadsIdentity,
  rereadsIdentity,
  StrategyUnavailable,
  type Verdict,
} from '../credential-strategy';
import { countedName, type Identity } from '../identity';
import { type PeerHealth, type ReportsHealth, reportsHealth } from '../source-health';
import { BoundedAnswers, type BoundedAnswersOptions } from './bounded-answers';
import { findsAccounts } from './finds-accounts';
import { identityFault, subjectFault } from './identity-fault';

const notTried = { reason: 'invalid_credentials', logReason: noTriesLeft } as const;

/**
 * Stands in front of the strategy of an application that embeds the gateway, so that the same holds for it as for ours without a line of its own:
 * each password takes a try of its account first, answers come in time, an identity is one of this source, and whatever is thrown is an outage.
 */
export class OwnStrategy
  extends CredentialStrategy
  implements Partial<RereadsIdentity & ChangesPassword & KnowsNames & Closable>, ReportsHealth
{
  readonly name: string;
  readonly reread?: RereadsIdentity['reread'];
  readonly changePassword?: ChangesPassword['changePassword'];
  readonly ownName?: KnowsNames['ownName'];
  readonly close?: Closable['close'];
  private readonly answers: BoundedAnswers;

  constructor(
    private readonly inner: CredentialStrategy,
    options: Omit<BoundedAnswersOptions, 'strategy'>,
  ) {
    super();
    this.name = inner.name;
    this.answers = new BoundedAnswers({ ...options, strategy: inner.name });
    if (rereadsIdentity(inner)) this.reread = (identity) => this.readAgain(inner, identity);
    if (changesPassword(inner)) {
      this.changePassword = (credentials, newPassword, context) =>
        this.change(credentials, context, (asked) => inner.changePassword(credentials, newPassword, asked));
    }
    if (knowsNames(inner)) this.ownName = (typed) => inner.ownName(typed);
    if (isClosable(inner)) this.close = () => inner.close();
  }

  async authenticate(credentials: Credentials, context: LoginContext): Promise<Verdict> {
    const verdict = await tryPassword(
      context,
      await this.accountOf(credentials.username),
      () => this.answers.to(() => this.verdictOn(credentials, ungated(context))),
      ({ accepted }) => (accepted ? 'right' : 'wrong'),
    );
    return verdict ?? { accepted: false, ...notTried };
  }

  health(): readonly PeerHealth[] {
    return reportsHealth(this.inner) ? this.inner.health() : this.answers.health();
  }

  /** By the name as it is counted, where the strategy does not look anybody up. Unknown names have as few tries as known ones. */
  private async accountOf(username: string): Promise<AccountAtRisk> {
    const { inner, name } = this;
    if (!findsAccounts(inner)) return { key: `${name}:${countedName(username)}` };
    const subject = await this.answers.to(async () => {
      const found = await inner.findAccount(username);
      if (found !== undefined) this.demand(subjectFault(name, found));
      return found;
    });
    return subject === undefined
      ? { key: `${name}:unknown:${countedName(username)}` }
      : { key: subject, isFound: true };
  }

  private async verdictOn(credentials: Credentials, context: LoginContext): Promise<Verdict> {
    const verdict = await this.inner.authenticate(credentials, context);
    if (verdict.accepted) this.demand(identityFault(this.name, verdict.identity));
    return verdict;
  }

  private readAgain(inner: RereadsIdentity, identity: Identity): Promise<Identity | undefined> {
    return this.answers.to(async () => {
      const current = await inner.reread(identity);
      if (current) this.demand(identityFault(this.name, current));
      return current;
    });
  }

  private async change(
    { username }: Credentials,
    context: LoginContext,
    ask: (context: LoginContext) => Promise<PasswordChange>,
  ): Promise<PasswordChange> {
    const change = await tryPassword(
      context,
      await this.accountOf(username),
      () => this.answers.to(() => ask(ungated(context))),
      (outcome) => (outcome.changed || outcome.reason === 'rejected_by_policy' ? 'right' : 'wrong'),
    );
    return change ?? { changed: false, ...notTried };
  }

  private demand(fault: string | undefined): void {
    if (fault !== undefined) throw new StrategyUnavailable(this.name, fault);
  }
}

/** The try is taken here already; a strategy that asked the gate again would take two. */
function ungated({ requestId, address }: LoginContext): LoginContext {
  return { requestId, address };
}
