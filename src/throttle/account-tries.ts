import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../common/clock';
import { fewRandomBytes } from '../common/random-bytes';
import { Settings } from '../config/settings';
import { StoreUnavailable } from '../stores/store';
import { accountLimits, type LimitSettings, type SourceLimit } from './account-limits';
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
  triesUnderWay,
  type TryOutcome,
} from './account-record';
import { AccountRows } from './account-rows';
import { AccountStore } from './account-store';
import { AccountUnsettled } from './account-unsettled';
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

/**
 * Counts the wrong passwords of each account, for all processes that share the store. A try is taken before the password is tried, so
 * that many guesses at once cannot be more than the account bears.
 */
@Injectable()
export class AccountTries implements OnModuleDestroy {
  private readonly rows = new AccountRows();
  private readonly unsettled: AccountUnsettled<AccountTry>;

  constructor(
    private readonly store: AccountStore,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: LimitSettings,
  ) {
    this.unsettled = new AccountUnsettled(clock, (tried, outcome) => this.write(tried, outcome, true));
  }

  onModuleDestroy(): void {
    this.unsettled.close();
  }

  /**
   * Where nothing but tries that are under way stand in the way, it waits for them a little: many devices of one person may log in at once.
   * @returns undefined when the account has no try left for such a device; `busy` when those under way took too long, or too many wait for them
   * @throws StoreUnavailable
   */
  async take(account: TriedAccount, isKnown: boolean): Promise<AccountTry | 'busy' | undefined> {
    // Strangers who wait must not stand before devices that have tries of their own.
    const row = `${isKnown ? 'known' : 'strangers'} ${account.key}`;
    return this.rows.run(row, () => this.takeNow(account, isKnown));
  }

  /** @returns `soon` where tries that are under way are all that stands in the way */
  private async takeNow(account: TriedAccount, isKnown: boolean): Promise<AccountTry | 'soon' | undefined> {
    const limits = accountLimits(this.settings, account.lockout);
    const id = fewRandomBytes(9).toString('base64url');
    const found: { taken?: TakenTry | undefined; maySoon?: boolean } = {};
    const change = this.change(account, (record) => {
      const request = { id, isKnown, nowMs: this.clock.nowMs() };
      const next = takeTry(record, request, limits);
      found.taken = next?.taken;
      found.maySoon = !next && mayTrySoon(record, request, limits);
      return next?.record ?? record;
    });
    // The try may have been taken although the answer was lost.
    await change.catch((error: unknown) =>
      this.keep(error, account, { taken: found.taken, outcome: 'unknown' }),
    );
    if (found.taken) return { account, taken: found.taken };
    return found.maySoon ? 'soon' : undefined;
  }

  /**
   * Every try that was taken must come here, once.
   * @throws StoreUnavailable; what came of the try is kept then, and written down when the store answers again
   */
  settle(tried: AccountTry, outcome: TryOutcome): Promise<void> {
    const { account, taken } = tried;
    return this.write(tried, outcome).catch((error: unknown) =>
      this.keep(error, account, { taken, outcome }),
    );
  }

  private keep(
    error: unknown,
    account: CountedAccount,
    { taken, outcome }: { readonly taken: TakenTry | undefined; readonly outcome: TryOutcome },
  ): never {
    if (error instanceof StoreUnavailable && taken) this.unsettled.add({ account, taken }, outcome);
    throw error;
  }

  private write({ account, taken }: AccountTry, outcome: TryOutcome, isAgain = false): Promise<void> {
    return this.change(account, (record) =>
      settleTry(record, taken, { outcome, isAgain, nowMs: this.clock.nowMs() }),
    );
  }

  /** Undefined for an account of which nothing is counted. @throws StoreUnavailable */
  async look(account: CountedAccount): Promise<AccountCount | undefined> {
    const { store, key } = this.placeOf(account);
    const stored = await store.read(key);
    if (!stored) return undefined;
    const record = decodeAccountRecord(stored.value);
    const { length: pending } = triesUnderWay(record, this.clock.nowMs(), accountLimits(this.settings));
    return { ...openFailures(record), pending, endsAtMs: endOf(record) };
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
      if (await this.replace(place, stored?.version, changed)) return;
      // Whoever lost several times in a row leaves the others a moment.
      if (race > 2) await pause(Math.random() * Math.min(race, longestPauseMs));
    }
    throw new StoreUnavailable('a record of failed logins was changed by others each time');
  }

  private replace(
    { store, key }: Place,
    version: number | undefined,
    record: AccountRecord,
  ): Promise<boolean> {
    // What says nothing need not be kept. It cannot be deleted: somebody may have taken a try in between.
    const endsAtMs = isEmpty(record) ? this.clock.nowMs() : endOf(record);
    const value = encodeAccountRecord(record);
    if (version === undefined) return store.create(key, value, endsAtMs);
    return store.replace(key, version, value, endsAtMs);
  }

  /** Hashed in both places, because the account may have a name of any length, which need not be readable in the store either. */
  private placeOf({ key, isFound }: CountedAccount): Place {
    if (!isFound) return { store: this.store.named, key: `account:${key}` };
    return { store: this.store.found, key: `lockout:account:${hash('sha256', key, 'base64url')}` };
  }
}
