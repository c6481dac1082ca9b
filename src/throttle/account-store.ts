import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../common/clock';
import { MemoryStore } from '../stores/memory.store';
import { StoreUnavailable } from '../stores/store';
import { type KeyedHash, type RecordVerbs, SlotStore } from './slot-store';

/** At about 250 bytes each, 65 MB. Somebody would have to invent 180,000 names to make the gateway forget every second one. */
const slotBits = 18;
/** In the memory of one process. */
const memorySlotBits = 15;

/** Where failed logins are counted. */
export class AccountStore {
  /**
   * @param found for accounts that a source has found: there are not more records than accounts
   * @param named for whatever goes by a name that was typed: bounded, see SlotStore
   */
  constructor(
    readonly found: RecordVerbs,
    readonly named: RecordVerbs,
  ) {}

  /** Counts in a store, with a hash for names whose key all share who share the store. */
  static in(store: RecordVerbs, hash: KeyedHash, bits = slotBits): AccountStore {
    return new AccountStore(store, new SlotStore(store, hash, bits));
  }

  /** Counts in the store, and while it does not answer in the memory of this process. */
  static withMemory(store: RecordVerbs, hash: KeyedHash, clock: Clock): AccountStore {
    const shared = AccountStore.in(store, hash);
    const own = AccountStore.in(new MemoryStore({ clock }), processHash(), memorySlotBits);
    return new AccountStore(
      new StoreOrMemory(shared.found, own.found, clock),
      new StoreOrMemory(shared.named, own.named, clock),
    );
  }
}

/** So long a store that did not answer is not asked again: a login would wait for it at every step. */
const restMs = 5_000;

/**
 * The store, and while it does not answer the memory of this process. For relay mode, where logins need no store: then each process
 * bears as many wrong passwords of an account as all of them together otherwise.
 */
class StoreOrMemory implements RecordVerbs {
  private restsUntilMs = 0;

  constructor(
    private readonly store: RecordVerbs,
    private readonly memory: RecordVerbs,
    private readonly clock: Clock,
  ) {}

  create(...args: Parameters<RecordVerbs['create']>): Promise<boolean> {
    return this.ask((store) => store.create(...args));
  }

  read(key: string): ReturnType<RecordVerbs['read']> {
    return this.ask((store) => store.read(key));
  }

  replace(...args: Parameters<RecordVerbs['replace']>): Promise<boolean> {
    return this.ask((store) => store.replace(...args));
  }

  delete(key: string): Promise<boolean> {
    return this.ask((store) => store.delete(key));
  }

  private async ask<T>(verb: (store: RecordVerbs) => Promise<T>): Promise<T> {
    if (this.clock.nowMs() < this.restsUntilMs) return verb(this.memory);
    try {
      return await verb(this.store);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.restsUntilMs = this.clock.nowMs() + restMs;
      return verb(this.memory);
    }
  }
}

/** With a key of this process: the shared one may not be known, and nobody else reads this memory. */
function processHash(): KeyedHash {
  const key = randomBytes(32);
  return { of: (text) => createHmac('sha256', key).update(text).digest().subarray(0, 16) };
}
