import type { Clock } from '../common/clock';
import { MemoryStore } from '../stores/memory.store';
import { type Store, type StoredRecord, StoreUnavailable } from '../stores/store';

/** The verbs that failed logins are counted with. */
export abstract class AccountStore implements Pick<Store, 'create' | 'read' | 'replace' | 'delete'> {
  abstract create(key: string, value: string, expiresAtMs: number): Promise<boolean>;
  abstract read(key: string): Promise<StoredRecord | undefined>;
  abstract replace(key: string, version: number, value: string, expiresAtMs: number): Promise<boolean>;
  abstract delete(key: string): Promise<boolean>;
}

/** So long a store that did not answer is not asked again: a login would wait for it at every step. */
const restMs = 5_000;

/**
 * The store, and while it does not answer the memory of this process. For relay mode, where logins need no store: then each process
 * bears as many wrong passwords of an account as all of them together otherwise.
 */
export class StoreOrMemory extends AccountStore {
  private readonly memory: MemoryStore;
  private restsUntilMs = 0;

  constructor(
    private readonly store: AccountStore,
    private readonly clock: Clock,
  ) {
    super();
    this.memory = new MemoryStore({ clock });
  }

  override create(key: string, value: string, expiresAtMs: number): Promise<boolean> {
    return this.ask((store) => store.create(key, value, expiresAtMs));
  }

  override read(key: string): Promise<StoredRecord | undefined> {
    return this.ask((store) => store.read(key));
  }

  override replace(key: string, version: number, value: string, expiresAtMs: number): Promise<boolean> {
    return this.ask((store) => store.replace(key, version, value, expiresAtMs));
  }

  override delete(key: string): Promise<boolean> {
    return this.ask((store) => store.delete(key));
  }

  private async ask<T>(verb: (store: AccountStore) => Promise<T>): Promise<T> {
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
