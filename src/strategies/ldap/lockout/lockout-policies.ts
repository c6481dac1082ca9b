import type { Clock } from '../../../common/clock';
import { dnKey } from '../../../common/distinguished-name';
import type { Logger } from '../../../common/logger';
import type { SourceLockout } from '../../account-at-risk';
import { Deadline } from '../../outbound/deadline';
import type { DirectoryReader } from '../connection/search-request';
import type { DirectoryEntry } from '../entry/directory-entry';
import { countedFailures, ownPolicyDn } from './failure-count';
import { type LockoutPolicy, lockoutOf, strictestLockout } from './lockout-policy';
import { choiceNote } from './policy-choice';
import { type GeneralPolicyPlace, readGeneralPolicies, readPolicyAt } from './read-policy';
import { Refreshed, type RefreshTimes } from './refreshed';

export interface LockoutPoliciesOptions extends GeneralPolicyPlace {
  readonly strategy: string;
  /** Who reads the policies; undefined where nobody but a person who has just logged in can. */
  readonly reader: DirectoryReader | undefined;
  /** What LDAP_LOCKOUT_THRESHOLD says of people without a policy of their own; undefined: it is read. */
  readonly preset: LockoutPolicy | undefined;
  /** Longest time for one reading. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly times?: RefreshTimes;
}

const usualTimes: RefreshTimes = { freshMs: 5 * 60_000, retryMs: 30_000 };
/** The first login waits for the policy, but not for long: it only makes our own limit fit better. */
const longestWaitMs = 2000;
/** A directory has a handful; more than this are read again as they come up. */
const mostOwnPolicies = 100;

/** A policy that may not be read is remembered too. */
interface OwnPolicy {
  readonly policy: LockoutPolicy | undefined;
}

/** What is taken for true while a policy should be readable and has not been read yet: two tries of an account, one for each kind of device. */
const unreadYet: SourceLockout = { failures: 3, windowSeconds: 1800 };

/**
 * When this directory locks whom, kept for some minutes and for as long as it cannot be read again. Never makes a login fail: a directory
 * that shows no policy leaves our own limit alone, one that gives no answer is taken to be strict until it does.
 */
export class LockoutPolicies {
  private readonly times: RefreshTimes;
  private readonly generalPolicies: Refreshed<readonly LockoutPolicy[]>;
  /** What the log has been told of how the general policy was chosen. */
  private toldChoice: string | undefined;
  private readonly ownPolicies = new Map<string, Refreshed<OwnPolicy>>();

  constructor(private readonly options: LockoutPoliciesOptions) {
    this.times = options.times ?? usualTimes;
    this.generalPolicies = new Refreshed(this.times);
  }

  /** For people without a policy of their own, as far as known without asking. */
  private get general(): SourceLockout | undefined {
    const { preset } = this.options;
    return preset ? lockoutOf(preset) : strictestLockout(this.generalPolicies.known ?? []);
  }

  /** For people of whom nothing is known before they log in. */
  async forAnybody(deadline: Deadline): Promise<SourceLockout | undefined> {
    const { reader, preset, timeoutMs } = this.options;
    if (reader === undefined || preset) return this.general;
    const read = () => this.readGeneral(reader, Deadline.in(timeoutMs));
    const known = await this.generalPolicies.get(read, longestWait(deadline));
    return known ? this.general : unreadYet;
  }

  /** For the owner of an entry that was read with `lockoutAttributes`, with what the directory counts for them. */
  async forEntry(entry: DirectoryEntry, deadline: Deadline): Promise<SourceLockout | undefined> {
    const dn = ownPolicyDn(entry);
    const lockout = dn === undefined ? await this.forAnybody(deadline) : await this.ownLockout(dn, deadline);
    if (lockout === undefined) return undefined;
    const counted = countedFailures(entry, lockout.windowSeconds, this.options.clock.nowMs());
    return { ...lockout, ...(counted !== undefined && { counted }) };
  }

  /** Whether somebody who has just logged in should read the general policy with their own rights. */
  get isUnknown(): boolean {
    const { reader, preset } = this.options;
    return reader === undefined && preset === undefined && this.generalPolicies.isStale;
  }

  /** Reads the general policy with the rights of somebody who has just logged in; it is whole or an error. */
  async readAs(reader: DirectoryReader, deadline: Deadline): Promise<void> {
    await this.generalPolicies.readNow(() => this.readGeneral(reader, deadline));
  }

  private async readGeneral(reader: DirectoryReader, deadline: Deadline): Promise<readonly LockoutPolicy[]> {
    const { strategy, logger } = this.options;
    const policies = await readGeneralPolicies(reader, this.options, deadline);
    const choice = choiceNote(policies, this.options);
    if (choice !== undefined && choice !== this.toldChoice) logger.warn({ strategy }, choice);
    this.toldChoice = choice;
    return policies;
  }

  /** Whoever has a policy that may not be read is taken to have that of all others. */
  private async ownLockout(dn: string, deadline: Deadline): Promise<SourceLockout | undefined> {
    const { reader } = this.options;
    if (!reader) return this.forAnybody(deadline);
    const found = await this.cached(dn).get(() => this.readOwn(reader, dn), longestWait(deadline));
    if (!found) return unreadYet;
    return found.policy ? lockoutOf(found.policy) : this.forAnybody(deadline);
  }

  private async readOwn(reader: DirectoryReader, dn: string): Promise<OwnPolicy> {
    const { strategy, logger, timeoutMs } = this.options;
    const policy = await readPolicyAt(reader, dn, Deadline.in(timeoutMs));
    if (policy === undefined && this.cached(dn).known === undefined) {
      const words =
        'The service account may not read a password policy that people have: their accounts are taken to lock like those of all ' +
        'others. Give it the right to read the policy, or set LDAP_LOCKOUT_THRESHOLD';
      logger.warn({ strategy, policy: dn }, words);
    }
    return { policy };
  }

  private cached(dn: string): Refreshed<OwnPolicy> {
    const key = dnKey(dn);
    const known = this.ownPolicies.get(key);
    if (known) return known;
    const [oldest] = this.ownPolicies.keys();
    if (oldest !== undefined && this.ownPolicies.size >= mostOwnPolicies) this.ownPolicies.delete(oldest);
    const fresh = new Refreshed<OwnPolicy>(this.times);
    this.ownPolicies.set(key, fresh);
    return fresh;
  }
}

function longestWait(deadline: Deadline): number {
  return Math.min(longestWaitMs, deadline.remainingMs() / 4);
}
