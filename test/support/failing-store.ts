import { MemoryStore } from '../../src/stores/memory.store';
import { StoreUnavailable } from '../../src/stores/store';

/** A store whose records can neither be read nor changed while it is away. */
export class FailingStore extends MemoryStore {
  isAway = false;

  override create(...args: Parameters<MemoryStore['create']>): Promise<boolean> {
    return this.isAway ? this.fail() : super.create(...args);
  }

  override read(...args: Parameters<MemoryStore['read']>): ReturnType<MemoryStore['read']> {
    return this.isAway ? this.fail() : super.read(...args);
  }

  override replace(...args: Parameters<MemoryStore['replace']>): Promise<boolean> {
    return this.isAway ? this.fail() : super.replace(...args);
  }

  override delete(...args: Parameters<MemoryStore['delete']>): Promise<boolean> {
    return this.isAway ? this.fail() : super.delete(...args);
  }

  private fail(): Promise<never> {
    return Promise.reject(new StoreUnavailable('away'));
  }
}
