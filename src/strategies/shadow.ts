import { setImmediate as afterWaitingWork } from 'node:timers/promises';
import type { Clock } from '../common/clock';
import { Limiter, LimiterFull } from '../common/limiter';
import type { Logger } from '../common/logger';
import { describeError } from '../common/system-error';
import { ConfigurationError } from '../config/load-settings';
import type { Settings } from '../config/settings';
import {
  type CredentialStrategy,
  type FoundPerson,
  isClosable,
  looksUpPeople,
  type LooksUpPeople,
} from './credential-strategy';
import { canonicalUsername, type Identity } from './identity';
import { differencesOf, rolesApart } from './shadow-differences';

/** How the comparisons went so far. One person may differ in `email` and in `roles`. */
export interface ShadowCounts {
  /** Look-ups that the second source answered: `equal`, `missing`, or different. */
  readonly compared: number;
  readonly equal: number;
  /** The second source knows nobody by that name, or several. */
  readonly missing: number;
  /** The second source would refuse them whatever the password. */
  readonly barred: number;
  readonly email: number;
  readonly roles: number;
  /** Not looked up: too many were waiting, or the process was ending. */
  readonly dropped: number;
  /** The second source could not answer. */
  readonly failed: number;
}

/** Somebody whom the first source has just accepted, and the name that they logged in with. */
export interface AcceptedPerson {
  readonly identity: Identity;
  readonly username: string;
}

export interface ShadowOptions {
  /** The second source. */
  readonly strategy: CredentialStrategy & LooksUpPeople;
  readonly logger: Logger;
  readonly clock: Clock;
  /** True when the source serves nobody else: then it is closed together with the shadow. */
  readonly isOwner?: boolean;
  /** Whether the log says whose description differs; true unless AUDIT_NAMES=hashed. */
  readonly namesPeople?: boolean;
}

const mostRunning = 2;
const mostWaiting = 100;
const failureLogIntervalMs = 60_000;
const totalsLogIntervalMs = 10 * 60_000;
const longestText = 256;

/**
 * Looks up in a second source whom the first one has accepted, counts and logs where the two differ. A look-up is by name alone:
 * no password comes here, and nobody is bound. Nothing that happens here delays or fails a login.
 */
export class Shadow {
  private readonly limiter = new Limiter(mostRunning, mostWaiting);
  private readonly running = new Set<Promise<void>>();
  private readonly totals: Record<keyof ShadowCounts, number> = {
    compared: 0,
    equal: 0,
    missing: 0,
    barred: 0,
    email: 0,
    roles: 0,
    dropped: 0,
    failed: 0,
  };
  private failureLoggedAtMs: number | undefined;
  private totalsLoggedAtMs = -Infinity;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: ShadowOptions) {}

  /** The name of the second source. */
  get strategyName(): string {
    return this.options.strategy.name;
  }

  /** Returns at once and never throws. More than 2 look-ups at a time wait, more than 100 waiting ones are dropped and counted. */
  compare(person: AcceptedPerson): void {
    const work = this.limiter
      .run(() => this.lookUp(person))
      .catch((error: unknown) => this.missed(error))
      .finally(() => this.running.delete(work));
    this.running.add(work);
  }

  /** The counts since the start, as they are now. */
  counts(): ShadowCounts {
    return { ...this.totals };
  }

  /**
   * Drops those who wait, waits for the look-ups that run, and logs the totals. Call it before the strategies are closed.
   * A source that the shadow owns is closed too; its error is thrown.
   */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    await Promise.all(this.running);
    const { strategy, logger, isOwner = false } = this.options;
    logger.info(
      { shadow: strategy.name, totals: this.counts() },
      'The comparison with the second source ends',
    );
    if (isOwner && isClosable(strategy)) await strategy.close();
  }

  private async lookUp(person: AcceptedPerson): Promise<void> {
    // A source may read a file at once; the answer to the login goes first.
    await afterWaitingWork();
    if (this.closing) {
      this.totals.dropped += 1;
      return;
    }
    this.judge(person, await this.options.strategy.lookUp(person.username));
  }

  private judge({ identity, username }: AcceptedPerson, found: FoundPerson | undefined): void {
    const differences = differencesOf(identity, found);
    this.totals.compared += 1;
    for (const kind of differences) this.totals[kind] += 1;
    if (differences.length === 0) return this.judgedEqual();
    const { strategy, logger, namesPeople = true } = this.options;
    logger.info(
      {
        strategy: identity.strategy,
        shadow: strategy.name,
        ...(namesPeople && {
          username: canonicalUsername(username).slice(0, longestText),
          subject: identity.subject,
        }),
        differences,
        ...(found && differences.includes('roles') && rolesApart(identity, found.identity)),
        totals: this.counts(),
      },
      'The second source describes a person differently',
    );
  }

  /** Nothing to tell of this one; from time to time how it goes, so that an operator sees when the differences are gone. */
  private judgedEqual(): void {
    this.totals.equal += 1;
    const { strategy, logger, clock } = this.options;
    const nowMs = clock.nowMs();
    if (nowMs - this.totalsLoggedAtMs < totalsLogIntervalMs) return;
    this.totalsLoggedAtMs = nowMs;
    logger.info(
      { shadow: strategy.name, totals: this.counts() },
      'So the comparison with the second source goes',
    );
  }

  private missed(error: unknown): void {
    if (error instanceof LimiterFull) {
      this.totals.dropped += 1;
      return;
    }
    this.totals.failed += 1;
    const { strategy, logger, clock } = this.options;
    if (!this.isFailureLogDue(clock.nowMs())) return;
    const why = describeError(error).slice(0, longestText);
    logger.warn({ shadow: strategy.name, why, totals: this.counts() }, 'The second source could not answer');
  }

  /** Also when the clock was set back: then nobody knows how long ago the last one was. */
  private isFailureLogDue(nowMs: number): boolean {
    const last = this.failureLoggedAtMs;
    if (last !== undefined && nowMs >= last && nowMs - last < failureLogIntervalMs) return false;
    this.failureLoggedAtMs = nowMs;
    return true;
  }
}

type ShadowSettings = Pick<Settings, 'EXTERNAL_AUTH_SHADOW'> & Partial<Pick<Settings, 'AUDIT_NAMES'>>;

export interface ShadowParts extends Pick<ShadowOptions, 'logger' | 'clock'> {
  /** Makes a source that is not in STRATEGIES. */
  readonly make: (name: string) => CredentialStrategy;
}

/**
 * The shadow that EXTERNAL_AUTH_SHADOW asks for, on the instance in `strategies` where there is one, else on one of its own.
 * @returns undefined when none is asked for
 * @throws ConfigurationError when the source cannot be made or cannot look people up
 */
export function shadowOf(
  { EXTERNAL_AUTH_SHADOW: name, AUDIT_NAMES: names }: ShadowSettings,
  strategies: readonly CredentialStrategy[],
  { make, logger, clock }: ShadowParts,
): Shadow | undefined {
  if (name === undefined) return undefined;
  const shared = strategies.find((strategy) => strategy.name === name);
  const strategy = shared ?? made(name, make);
  if (looksUpPeople(strategy)) {
    const namesPeople = names !== 'hashed';
    return new Shadow({ strategy, logger, clock, isOwner: !shared, namesPeople });
  }
  throw new ConfigurationError([shadowFault(name)]);
}

function made(name: string, make: ShadowParts['make']): CredentialStrategy {
  try {
    return make(name);
  } catch (error) {
    throw new ConfigurationError([`EXTERNAL_AUTH_SHADOW: ${describeError(error)}`]);
  }
}

function shadowFault(name: string): string {
  return `EXTERNAL_AUTH_SHADOW: ${name} cannot look people up without their password; give it a service account`;
}
