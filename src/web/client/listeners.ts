import type { GatehouseEvents } from './contract';

type Sets = { readonly [E in keyof GatehouseEvents]: Set<(detail: GatehouseEvents[E]) => void> };

/** Who wants to hear of events. */
export class Listeners {
  readonly #sets: Sets = { login: new Set(), logout: new Set(), 'session-ended': new Set(), user: new Set() };

  /** @returns a function that removes the listener */
  add<E extends keyof GatehouseEvents>(event: E, listener: (detail: GatehouseEvents[E]) => void): () => void {
    const set: Set<(detail: GatehouseEvents[E]) => void> = this.#sets[event];
    set.add(listener);
    return () => void set.delete(listener);
  }

  /** In a task of its own for each, so that one that throws keeps neither the others nor the session from going on. */
  tell<E extends keyof GatehouseEvents>(event: E, detail: GatehouseEvents[E]): void {
    const set: Set<(detail: GatehouseEvents[E]) => void> = this.#sets[event];
    for (const listener of set) queueMicrotask(() => listener(detail));
  }
}
