/**
 * Remembers the session of whose end the gateway has yet to be told, also when the page is loaded again meanwhile: its cookie would
 * log the person in once more. Only that session is meant, never one that has begun since. Its id opens nothing.
 */
export class OwedLogout {
  readonly #key: string;
  /** Comes first, because storage may be turned off, full, or not there (workers). */
  #session: string | undefined;

  constructor(gatewayUrl: string) {
    this.#key = `gatehouse-logout ${gatewayUrl}`;
  }

  /** Undefined when nothing is owed; empty when nobody knows which session it is, which is then kept in memory alone. */
  get session(): string | undefined {
    try {
      return this.#session ?? localStorage.getItem(this.#key) ?? undefined;
    } catch {
      return undefined;
    }
  }

  set session(session: string | undefined) {
    this.#session = session;
    try {
      if (session) localStorage.setItem(this.#key, session);
      else localStorage.removeItem(this.#key);
    } catch {
      // The memory has it.
    }
  }
}
