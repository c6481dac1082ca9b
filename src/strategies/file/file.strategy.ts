import { availableParallelism } from 'node:os';
import { Limiter, LimiterFull } from '../../common/limiter';
import type { Logger } from '../../common/logger';
import { noTriesLeft, tryPassword } from '../account-at-risk';
import {
  type Credentials,
  CredentialStrategy,
  type FoundPerson,
  type LoginContext,
  type LooksUpPeople,
  type RefusalReason,
  type RereadsIdentity,
  StrategyUnavailable,
  type Verdict,
} from '../credential-strategy';
import { canonicalUsername, type Identity } from '../identity';
import type { PeerHealth, ReportsHealth } from '../source-health';
import { dummyPasswordHash, verifyPassword } from './password-hash';
import { type UserRecord, type UserSource, UsersUnavailable } from './user-source';

export interface FileStrategyOptions {
  readonly name: string;
  readonly users: UserSource;
  readonly logger: Logger;
  /** How a password is compared with its hash; tests count and delay it. */
  readonly verify?: typeof verifyPassword;
  /** Hashes at the same time; as `hashesAtOnce` says for one process where not given. */
  readonly mostRunning?: number;
}

/**
 * scrypt runs on Node's four worker threads, where the store's commits run too: two threads are left to them, or a burst of
 * logins would hold up every refresh. Each run takes 32 MiB.
 */
const mostHashesRunning = 2;
const mostHashesWaiting = 64;
/** On a machine that is busy the last of them would wait for longer than anybody stays. */
const longestHashWaitMs = 5000;

/**
 * How many passwords one process hashes at the same time: all processes together leave one processor to the event loops, or a flood of
 * logins would keep everything else waiting for a processor. One at least, and two at most.
 */
export function hashesAtOnce(processors: number, processes: number): number {
  const share = Math.floor((processors - 1) / processes);
  return Math.max(1, Math.min(mostHashesRunning, share));
}

/** Checks logins against users whose password hashes we hold ourselves. */
export class FileStrategy
  extends CredentialStrategy
  implements RereadsIdentity, LooksUpPeople, ReportsHealth
{
  readonly name: string;
  private readonly users: UserSource;
  private readonly logger: Logger;
  private readonly verify: typeof verifyPassword;
  private readonly limiter: Limiter;
  /** Checked for unknown names, so that they take as long as known ones. */
  private readonly dummyHash = dummyPasswordHash();
  private fault: string | undefined;

  constructor({ name, users, logger, verify = verifyPassword, mostRunning }: FileStrategyOptions) {
    super();
    const running = mostRunning ?? hashesAtOnce(availableParallelism(), 1);
    this.limiter = new Limiter(running, mostHashesWaiting, longestHashWaitMs);
    this.name = name;
    this.users = users;
    this.logger = logger;
    this.verify = verify;
  }

  async authenticate(credentials: Credentials, context: LoginContext): Promise<Verdict> {
    if (credentials.password === '') return { accepted: false, reason: 'invalid_credentials' };
    const name = canonicalUsername(credentials.username);
    const user = await this.ask(() => this.users.findByName(name));
    const hash = user?.passwordHash ?? this.dummyHash;
    // Unknown names have as few tries as known ones. No id has such a form.
    const key = `${this.name}:${user?.id ?? `unknown:${name}`}`;
    const right = await tryPassword(
      context,
      { key, ...(user && { isFound: true }) },
      () => this.isRight(credentials.password, hash),
      (isRight) => (isRight ? 'right' : 'wrong'),
    );
    if (right === undefined) return this.refused('invalid_credentials', noTriesLeft, context);
    if (!user) return this.refused('invalid_credentials', 'unknown name', context);
    if (!right) return this.refused('invalid_credentials', 'wrong password', context);
    if (user.disabled) return this.refused('account_disabled', 'disabled', context);
    return { accepted: true, identity: this.identityOf(user) };
  }

  async reread(identity: Identity): Promise<Identity | undefined> {
    const prefix = `${this.name}:`;
    if (!identity.subject.startsWith(prefix)) return undefined;
    const id = identity.subject.slice(prefix.length);
    const user = await this.ask(() => this.users.findById(id));
    return user && !user.disabled ? this.identityOf(user) : undefined;
  }

  async lookUp(username: string): Promise<FoundPerson | undefined> {
    const user = await this.ask(() => this.users.findByName(canonicalUsername(username)));
    return user && { identity: this.identityOf(user), isBarred: user.disabled };
  }

  health(): readonly PeerHealth[] {
    const isUp = this.fault === undefined;
    return [{ address: 'users file', isUp, lastError: this.fault ?? this.users.fault }];
  }

  private async ask(question: () => Promise<UserRecord | undefined>): Promise<UserRecord | undefined> {
    try {
      const user = await question();
      this.fault = undefined;
      return user;
    } catch (error) {
      if (!(error instanceof UsersUnavailable)) throw error;
      this.fault = error.message;
      throw new StrategyUnavailable(this.name, error.message);
    }
  }

  private async isRight(password: string, hash: string): Promise<boolean> {
    try {
      return await this.limiter.run(() => this.verify(password, hash));
    } catch (error) {
      if (error instanceof LimiterFull) {
        throw new StrategyUnavailable(this.name, 'too many logins wait for their password to be checked');
      }
      throw error;
    }
  }

  /** All refusals look alike outside; the log tells them apart. */
  private refused(reason: RefusalReason, cause: string, { requestId }: LoginContext): Verdict {
    this.logger.debug({ strategy: this.name, requestId, cause }, 'The login was refused');
    return { accepted: false, reason, ...(cause === noTriesLeft && { logReason: cause }) };
  }

  private identityOf(user: UserRecord): Identity {
    return {
      subject: `${this.name}:${user.id}`,
      username: canonicalUsername(user.username),
      displayName: user.displayName,
      givenName: user.givenName,
      familyName: user.familyName,
      email: user.email,
      groups: user.groups,
      roles: user.roles,
      attributes: {},
      strategy: this.name,
    };
  }
}
