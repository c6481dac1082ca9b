/** A note as the API gives it. */
export interface Note {
  readonly id: string;
  readonly author: string;
  readonly text: string;
}

/** The API of this application. It knows nothing of tokens: the `fetch` that it is given sends them along. */
export class NotesApi {
  readonly #fetch: typeof fetch;

  constructor(authorizedFetch: typeof fetch) {
    this.#fetch = authorizedFetch;
  }

  /** @throws Error with the API's own words */
  async list(): Promise<readonly Note[]> {
    const { notes } = await this.#ask({});
    return Array.isArray(notes) ? notes.filter(isNote) : [];
  }

  /** @throws Error with the API's own words */
  async add(text: string): Promise<void> {
    const headers = { 'Content-Type': 'application/json' };
    await this.#ask({ method: 'POST', headers, body: JSON.stringify({ text }) });
  }

  async #ask(init: RequestInit): Promise<{ readonly notes?: unknown }> {
    const ask = this.#fetch;
    const answer = await ask('/api/notes', init);
    const body: unknown = await answer.json();
    if (answer.ok) return typeof body === 'object' && body !== null ? body : {};
    throw new Error(hasError(body) ? body.error : `The API answered ${answer.status}`);
  }
}

function isNote(value: unknown): value is Note {
  return typeof value === 'object' && value !== null && 'text' in value && 'author' in value;
}

function hasError(value: unknown): value is { readonly error: string } {
  return typeof value === 'object' && value !== null && 'error' in value && typeof value.error === 'string';
}
