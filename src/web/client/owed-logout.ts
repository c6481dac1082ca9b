/**
 * Remembers that the gateway has yet to be told of a logout, also when the page is loaded again meanwhile: its cookie would log
 * the person in once more. It is a mark without any content; where nothing can be stored, it lives as long as the page.
 */
export class OwedLogout {
  readonly #key: string;
  #isOwed = false;

  constructor(gatewayUrl: string) {
    this.#key = `gatehouse-logout ${gatewayUrl}`;
  }

  get isOwed(): boolean {
    try {
      return localStorage.getItem(this.#key) !== null;
    } catch {
      return this.#isOwed;
    }
  }

  set isOwed(isOwed: boolean) {
    this.#isOwed = isOwed;
    try {
      if (isOwed) localStorage.setItem(this.#key, '');
      else localStorage.removeItem(this.#key);
    } catch {
      // Storage is turned off, full, or not there (workers).
    }
  }
}
