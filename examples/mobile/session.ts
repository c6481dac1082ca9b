/** What survives the end of the application. */
export interface StoredSession {
  readonly refreshToken: string;
  /** Somebody has logged out, and the gateway does not know it yet. */
  readonly isLogoutOwed: boolean;
}

/** The safe place of the platform: Keychain, Android Keystore. */
export interface Keystore {
  read(): Promise<StoredSession | undefined>;
  /** Resolves when it is kept for good. Whatever happens on the way, the old content or the new one is there, whole. */
  write(stored: StoredSession): Promise<void>;
  clear(): Promise<void>;
}

export interface SessionOptions {
  /** Such as `https://sso.example.org`. */
  readonly gatewayUrl: string;
  readonly keystore: Keystore;
  /** Origins of your own APIs that get the access token besides the gateway. */
  readonly apiOrigins?: readonly string[];
  /** Waits between the tries of a refresh that got no answer. */
  readonly retryDelaysMs?: readonly number[];
  /** Longest time for one answer. */
  readonly timeoutMs?: number;
}

/** Nobody is logged in: the person has to type the password. */
export class LoggedOut extends Error {}

/** No answer, or one that says nothing about the session. Whoever is logged in stays so. */
export class Unreachable extends Error {}

/** The gateway said no to a login. */
export class LoginRefused extends Error {}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  /** Seconds. */
  readonly expires_in: number;
}

interface Reply {
  readonly httpStatus: number;
  /** `success` or `error`, by which the gateway's answers differ from those of anything on the way. */
  readonly status?: string;
  readonly code?: string;
  readonly message?: string;
  readonly data?: Partial<Tokens>;
}

interface AccessToken {
  readonly text: string;
  /** By the clock of `performance.now()`, which nobody sets. It may stand still while the phone sleeps: a 401 tells then. */
  readonly renewAtMs: number;
}

/** Early enough for a request that is slow on its way. */
const renewBeforeEndSeconds = 30;

/**
 * A session of an application without a cookie jar. The refresh token is in the keystore and nowhere else: what is presented is always what
 * the keystore holds, and a new token is used only once it is kept there. So there is no moment at which the end of the application, or of the
 * connection, loses the session: the token before the newest one is good until the newest one was used.
 */
export class MobileSession {
  readonly #options: Required<SessionOptions>;
  #access: AccessToken | undefined;
  #refreshing: Promise<string> | undefined;
  /** Ends the refresh that is under way, when somebody logs out. */
  #logout = new AbortController();

  constructor(options: SessionOptions) {
    this.#options = { apiOrigins: [], retryDelaysMs: [500, 2000], timeoutMs: 10_000, ...options };
  }

  /** True also without a network. */
  async isLoggedIn(): Promise<boolean> {
    const stored = await this.#options.keystore.read();
    return stored !== undefined && !stored.isLogoutOwed;
  }

  /**
   * To be called when the application starts, and when the network is back: tells the gateway of a logout that it does not know.
   * @throws Unreachable
   */
  async settle(): Promise<void> {
    const { keystore } = this.#options;
    const stored = await keystore.read();
    if (!stored?.isLogoutOwed) return;
    const reply = await this.#post('logout', { refresh_token: stored.refreshToken });
    // A refusal by the gateway means that there is nothing left to end.
    const isKnown = reply.status === 'success' || (reply.code !== undefined && !isOutage(reply));
    if (!isKnown) throw unreachable(reply);
    await keystore.clear();
  }

  /** @throws LoginRefused, or Unreachable */
  async login(username: string, password: string): Promise<void> {
    await this.settle();
    const reply = await this.#post('login', { username, password, token_delivery: 'body' });
    if (isOutage(reply)) throw unreachable(reply);
    const tokens = tokensOf(reply);
    if (!tokens) throw new LoginRefused(reply.message);
    this.#logout = new AbortController();
    await this.#keep(tokens);
  }

  /**
   * A request, with the access token where it goes to the gateway or an own API. A 401 leads to one refresh and one repeat.
   * @throws LoggedOut, or Unreachable; TypeError of `fetch` when the API itself gives no answer
   */
  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    if (!this.#mayHaveToken(url)) return fetch(url, init);
    const token = await this.accessToken();
    const answer = await this.#send(url, init, token);
    if (answer.status !== 401) return answer;
    // Another request may have renewed it in the meantime.
    if (this.#access?.text === token) this.#access = undefined;
    return this.#send(url, init, await this.accessToken());
  }

  /** One that is still good. All who ask at the same time wait for one refresh. @throws LoggedOut, or Unreachable */
  async accessToken(): Promise<string> {
    if (this.#access && performance.now() < this.#access.renewAtMs) return this.#access.text;
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /**
   * Holds here at once, and also after a restart.
   * @returns whether the gateway knows; if not, `settle` tells it later
   */
  async logout(): Promise<boolean> {
    const { keystore } = this.#options;
    this.#logout.abort();
    // A new token that is just being kept would else come after this.
    await this.#refreshing?.catch(() => undefined);
    this.#access = undefined;
    const stored = await keystore.read();
    if (!stored) return true;
    await keystore.write({ ...stored, isLogoutOwed: true });
    return this.settle().then(
      () => true,
      () => false,
    );
  }

  async #refresh(): Promise<string> {
    const { keystore, retryDelaysMs } = this.#options;
    const stored = await keystore.read();
    if (!stored || stored.isLogoutOwed) throw new LoggedOut();
    for (const delayMs of [...retryDelaysMs, undefined]) {
      // The answer to the try before may be lost; then the gateway has given out a successor that nobody uses, and gives one again.
      const reply = await this.#post('refresh', { refresh_token: stored.refreshToken }).catch(
        () => undefined,
      );
      if (this.#logout.signal.aborted) throw new LoggedOut();
      if (reply && !isOutage(reply)) return this.#take(reply);
      if (delayMs !== undefined) await pause(delayMs, this.#logout.signal);
    }
    throw new Unreachable('The gateway cannot be reached');
  }

  async #take(reply: Reply): Promise<string> {
    const tokens = tokensOf(reply);
    if (tokens) return this.#keep(tokens);
    // Only the gateway's word about this token ends the session: any other refusal may come from a proxy, or be a fault that passes.
    if (!reply.code?.startsWith('REFRESH_TOKEN_')) throw unreachable(reply);
    await this.#options.keystore.clear();
    throw new LoggedOut(reply.message);
  }

  /** The access token is taken only when the refresh token is safe. */
  async #keep({ access_token, refresh_token, expires_in }: Tokens): Promise<string> {
    await this.#options.keystore.write({ refreshToken: refresh_token, isLogoutOwed: false });
    const lifeSeconds = Math.max(expires_in - renewBeforeEndSeconds, (expires_in * 2) / 3);
    this.#access = { text: access_token, renewAtMs: performance.now() + lifeSeconds * 1000 };
    return access_token;
  }

  #mayHaveToken(url: string): boolean {
    const { gatewayUrl, apiOrigins } = this.#options;
    return [gatewayUrl, ...apiOrigins].some((allowed) => new URL(allowed).origin === new URL(url).origin);
  }

  #send(url: string, init: RequestInit, token: string): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${token}`);
    return fetch(url, { signal: AbortSignal.timeout(this.#options.timeoutMs), ...init, headers });
  }

  /** @throws Unreachable when there is no answer that can be read */
  async #post(route: 'login' | 'refresh' | 'logout', body: object): Promise<Reply> {
    const { gatewayUrl, timeoutMs } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await fetch(new URL(`/api/auth/${route}`, gatewayUrl), {
        ...{ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) },
        redirect: 'error',
        signal: route === 'refresh' ? AbortSignal.any([timeout, this.#logout.signal]) : timeout,
      });
      const said: unknown = await answer.json();
      return { ...(typeof said === 'object' && said), httpStatus: answer.status };
    } catch (cause) {
      throw new Unreachable('The gateway cannot be reached', { cause });
    }
  }
}

/** 429 and 5xx say nothing about the session. */
function isOutage({ httpStatus }: Reply): boolean {
  return httpStatus === 429 || httpStatus >= 500;
}

function unreachable({ httpStatus }: Reply): Unreachable {
  return new Unreachable(`The answer was ${httpStatus}, and not one of the gateway about the session`);
}

function tokensOf({ status, data = {} }: Reply): Tokens | undefined {
  const { access_token, refresh_token, expires_in = 0 } = data;
  if (status !== 'success' || !access_token || !refresh_token) return undefined;
  return { access_token, refresh_token, expires_in };
}

/** Ends early when the signal comes. */
function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
