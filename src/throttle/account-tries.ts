import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import type { LockoutSettings } from '../config/lockout-settings';
import { Settings } from '../config/settings';
import { StoreUnavailable } from '../stores/store';
import { accountLimits, type SourceLimit } from './account-limits';
import {
  type AccountRecord,
  decodeAccountRecord,
  encodeAccountRecord,
  endOf,
  isEmpty,
  openFailures,
  settleTry,
  type TakenTry,
  takeTry,
  type TryOutcome,
} from './account-record';
import { AccountStore } from './account-store';

/** An account of which a password is about to be tried. */
export interface TriedAccount {
  /** The same for every name of the account. */
  readonly key: string;
  readonly lockout?: SourceLimit;
}

/** A try that was taken, to be handed back to `settle`. */
export interface AccountTry {
  readonly key: string;
  readonly taken: TakenTry;
}

/** What is counted of an account at present. */
export interface AccountCount {
  readonly strangers: number;
  readonly known: number;
  /** Tries whose outcome is not known yet. */
  readonly pending: number;
  /** When all is forgotten unless there is another try, in milliseconds since the Unix epoch. */
  readonly endsAtMs: number;
}

/** Each time somebody else has changed the record in between, which not many can do: an account has few tries. */
const mostRaces = 200;
const longestPauseMs = 8;

/**
 * Counts the wrong passwords of each account, for all processes that share the store. A try is taken before the password is tried, so
 * that many guesses at once cannot be more than the account bears.
 */
@Injectable()
export class AccountTries {
  constructor(
    private readonly store: AccountStore,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: LockoutSettings,
  ) {}

  /** @returns undefined when the account has no try left for such a device. @throws StoreUnavailable */
  async take({ key, lockout }: TriedAccount, isKnown: boolean): Promise<AccountTry | undefined> {
    const limits = accountLimits(this.settings, lockout);
    const request = { id: randomBytes(9).toString('base64url'), isKnown };
    let taken: TakenTry | undefined;
    await this.change(key, (record) => {
      const next = takeTry(record, { ...request, nowMs: this.clock.nowMs() }, limits);
      taken = next?.taken;
      return next?.record ?? record;
    });
    return taken && { key, taken };
  }

  /** Every try that was taken must come here, once. @throws StoreUnavailable */
  settle({ key, taken }: AccountTry, outcome: TryOutcome): Promise<void> {
    return this.change(key, (record) => settleTry(record, taken, { outcome, nowMs: this.clock.nowMs() }));
  }

  /** Undefined for an account of which nothing is counted. @throws StoreUnavailable */
  async look(key: string): Promise<AccountCount | undefined> {
    const stored = await this.store.read(storeKey(key));
    if (!stored) return undefined;
    const record = decodeAccountRecord(stored.value);
    return { ...openFailures(record), pending: record.pending.length, endsAtMs: endOf(record) };
  }

  /** Forgets all that is counted of an account. True when there was anything. @throws StoreUnavailable */
  forget(key: string): Promise<boolean> {
    return this.store.delete(storeKey(key));
  }

  /** Changes the record by compare-and-replace; a `next` that gives the very record back leaves it as it is. */
  private async change(
    key: string,
    next: (record: AccountRecord | undefined) => AccountRecord | undefined,
  ): Promise<void> {
    for (let race = 0; race < mostRaces; race++) {
      const stored = await this.store.read(storeKey(key));
      const record = stored && decodeAccountRecord(stored.value);
      const changed = next(record);
      if (!changed || changed === record) return;
      if (await this.keep(key, stored?.version, changed)) return;
      // Whoever lost several times in a row leaves the others a moment.
      if (race > 2) await pause(Math.random() * Math.min(race, longestPauseMs));
    }
    throw new StoreUnavailable('a record of failed logins was changed by others each time');
  }

  private keep(key: string, version: number | undefined, record: AccountRecord): Promise<boolean> {
    // What says nothing need not be kept. It cannot be deleted: somebody may have taken a try in between.
    const endsAtMs = isEmpty(record) ? this.clock.nowMs() : endOf(record);
    const value = encodeAccountRecord(record);
    if (version === undefined) return this.store.create(storeKey(key), value, endsAtMs);
    return this.store.replace(storeKey(key), version, value, endsAtMs);
  }
}

/** Hashed, because the account may have a name of any length, which need not be readable in the store either. */
function storeKey(key: string): string {
  return `lockout:account:${createHash('sha256').update(key).digest('base64url')}`;
}
