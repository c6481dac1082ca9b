import {
  type Credentials,
  CredentialStrategy,
  type FindsAccounts,
  type Identity,
  StrategyUnavailable,
  type Verdict,
} from '../../src/embed';

export const rightPassword = 'seven green kettles';

/** A strategy as somebody else may write it: it answers what the test says, and knows nothing of counts, deadlines or the audit trail. */
export class ClubStrategy extends CredentialStrategy {
  /** Names that were asked for, one for each attempt. */
  readonly asked: string[] = [];
  /** Stands in for the whole answer, where it is set. */
  instead: ((credentials: Credentials) => Promise<Verdict>) | undefined;
  isDown = false;
  isClosed = false;

  constructor(readonly name = 'club') {
    super();
  }

  async authenticate(credentials: Credentials): Promise<Verdict> {
    this.asked.push(credentials.username);
    if (this.isDown) throw new StrategyUnavailable(this.name, 'the club is closed');
    if (this.instead) return this.instead(credentials);
    const isRight = credentials.username.toLowerCase() === 'alice' && credentials.password === rightPassword;
    return isRight
      ? { accepted: true, identity: this.alice }
      : { accepted: false, reason: 'invalid_credentials' };
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  get alice(): Identity {
    const person = { username: 'alice', displayName: 'Alice', groups: [], roles: ['member'], attributes: {} };
    return { ...person, subject: `${this.name}:1`, strategy: this.name };
  }
}

/** The same with people who have two names. */
export class FindingStrategy extends ClubStrategy implements FindsAccounts {
  found: string | undefined = 'club:1';

  findAccount(username: string): Promise<string | undefined> {
    return Promise.resolve(username === 'nobody' ? undefined : this.found);
  }
}
