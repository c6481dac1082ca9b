import { hash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../common/clock';
import { StoreUnavailable } from '../stores/store';
import {
  type AccountRecord,
  decodeAccountRecord,
  encodeAccountRecord,
  endOf,
  isEmpty,
} from './account-record';
import type { AccountStore } from './account-store';
import type { RecordVerbs } from './slot-store';

/** What tells where an account is counted. */
export interface CountedAccount {
  /** The same for every name of the account. */
  readonly key: string;
  /** Its source has looked it up. An account that goes by what was typed may be nobody's, of whom there is no end. */
  readonly isFound?: boolean;
}

/** The next record. Undefined, or the very record that it was given, leaves everything as it is. */
export type NextRecord = (record: AccountRecord | undefined) => AccountRecord | undefined;

/** Where the records of accounts are. */
export interface AccountRecords {
  /** Changes a record in one step, whoever else does so at the same time. @throws StoreUnavailable */
  change(account: CountedAccount, next: NextRecord): Promise<void>;
  /** @throws StoreUnavailable */
  read(account: CountedAccount): Promise<AccountRecord | undefined>;
  /** True when there was anything. @throws StoreUnavailable */
  forget(account: CountedAccount): Promise<boolean>;
}

interface Place {
  readonly store: RecordVerbs;
  readonly key: string;
}

/** Each time somebody else has changed the record in between, which not many can do: an account has few tries. */
const mostRaces = 200;
const longestPauseMs = 8;

/** Records in the store, for all processes that share it; changed by compare-and-replace. */
export class StoredRecords implements AccountRecords {
  constructor(
    private readonly store: AccountStore,
    private readonly clock: Clock,
  ) {}

  async change(account: CountedAccount, next: NextRecord): Promise<void> {
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

  async read(account: CountedAccount): Promise<AccountRecord | undefined> {
    const { store, key } = this.placeOf(account);
    const stored = await store.read(key);
    return stored && decodeAccountRecord(stored.value);
  }

  forget(account: CountedAccount): Promise<boolean> {
    const { store, key } = this.placeOf(account);
    return store.delete(key);
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
