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
  mayTrySoon,
  openFailures,
  settleTry,
  type TakenTry,
  takeTry,
  type TryOutcome,
} from './account-record';
import { AccountStore } from './account-store';
import type { RecordVerbs } from './slot-store';

/** An account of which a password is about to be tried. */
export interface TriedAccount {
  /** The same for every name of the account. */
  readonly key: string;
  readonly lockout?: SourceLimit;
  /** Its source has looked it up. An account that goes by what was typed may be nobody's, of whom there is no end. */
  readonly isFound?: boolean;
}

/** What tells where an account is counted. */
export type CountedAccount = Pick<TriedAccount, 'key' | 'isFound'>;

/** A try that was taken, to be handed back to `settle`. */
export interface AccountTry {
  readonly account: CountedAccount;
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

interface Place {
  readonly store: RecordVerbs;
  readonly key: string;
}

/** Each time somebody else has changed the record in between, which not many can do: an account has few tries. */
const mostRaces = 200;
const longestPauseMs = 8;
/** For tries that are under way; a source has answered by then, or its login has failed. */
const longestWaitMs = 20_000;
const shortestWaitMs = 15;

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

  /**
   * Where nothing but tries that are under way stand in the way, it waits for them: many devices of one person may log in at once.
   * @returns undefined when the account has no try left for such a device
   * @throws StoreUnavailable
   */
  async take(account: TriedAccount, isKnown: boolean): Promise<AccountTry | undefined> {
    const giveUpAtMs = performance.now() + longestWaitMs;
    for (;;) {
      const { taken, maySoon } = await this.takeNow(account, isKnown);
      if (taken) return { account, taken };
      if (!maySoon || performance.now() >= giveUpAtMs) return undefined;
      await pause(shortestWaitMs * (1 + Math.random()));
    }
  }

  private async takeNow(
    account: TriedAccount,
    isKnown: boolean,
  ): Promise<{ readonly taken?: TakenTry; readonly maySoon: boolean }> {
    const limits = accountLimits(this.settings, account.lockout);
    const id = randomBytes(9).toString('base64url');
    let outcome: { readonly taken?: TakenTry; readonly maySoon: boolean } = { maySoon: false };
    await this.change(account, (record) => {
      const request = { id, isKnown, nowMs: this.clock.nowMs() };
      const next = takeTry(record, request, limits);
      outcome = next
        ? { taken: next.taken, maySoon: false }
        : { maySoon: mayTrySoon(record, request, limits) };
      return next?.record ?? record;
    });
    return outcome;
  }

  /** Every try that was taken must come here, once. @throws StoreUnavailable */
  settle({ account, taken }: AccountTry, outcome: TryOutcome): Promise<void> {
    return this.change(account, (record) => settleTry(record, taken, { outcome, nowMs: this.clock.nowMs() }));
  }

  /** Undefined for an account of which nothing is counted. @throws StoreUnavailable */
  async look(account: CountedAccount): Promise<AccountCount | undefined> {
    const { store, key } = this.placeOf(account);
    const stored = await store.read(key);
    if (!stored) return undefined;
    const record = decodeAccountRecord(stored.value);
    return { ...openFailures(record), pending: record.pending.length, endsAtMs: endOf(record) };
  }

  /** Forgets all that is counted of an account. True when there was anything. @throws StoreUnavailable */
  forget(account: CountedAccount): Promise<boolean> {
    const { store, key } = this.placeOf(account);
    return store.delete(key);
  }

  /** Changes the record by compare-and-replace; a `next` that gives the very record back leaves it as it is. */
  private async change(
    account: CountedAccount,
    next: (record: AccountRecord | undefined) => AccountRecord | undefined,
  ): Promise<void> {
    const place = this.placeOf(account);
    for (let race = 0; race < mostRaces; race++) {
      const stored = await place.store.read(place.key);
      const record = stored && decodeAccountRecord(stored.value);
      const changed = next(record);
      if (!changed || changed === record) return;
      if (await this.keep(place, stored?.version, changed)) return;
      // Whoever lost several times in a row leaves the others a moment.
      if (race > 2) await pause(Math.random() * Math.min(race, longestPauseMs));
    }
    throw new StoreUnavailable('a record of failed logins was changed by others each time');
  }

  private keep({ store, key }: Place, version: number | undefined, record: AccountRecord): Promise<boolean> {
    // What says nothing need not be kept. It cannot be deleted: somebody may have taken a try in between.
    const endsAtMs = isEmpty(record) ? this.clock.nowMs() : endOf(record);
    const value = encodeAccountRecord(record);
    if (version === undefined) return store.create(key, value, endsAtMs);
    return store.replace(key, version, value, endsAtMs);
  }

  /** Hashed in both places, because the account may have a name of any length, which need not be readable in the store either. */
  private placeOf({ key, isFound }: CountedAccount): Place {
    if (!isFound) return { store: this.store.named, key: `account:${key}` };
    const hash = createHash('sha256').update(key).digest('base64url');
    return { store: this.store.found, key: `lockout:account:${hash}` };
  }
}
