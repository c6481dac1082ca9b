import { bearerFetch } from './bearer-fetch';
import {
  type Credentials,
  type Gatehouse,
  GatehouseError,
  type GatehouseEvents,
  type GatehouseUser,
  type LoginResult,
} from './contract';
import { type AnswerData, type Ask, endsSession } from './gateway';
import { Listeners } from './listeners';
import { OwedLogout } from './owed-logout';
import { type TabMessage, Tabs } from './tabs';
import { leadMs, lifeMs, pauseMs, usableMs } from './token-life';

interface HeldToken {
  readonly token: string;
  /** By `performance.now()`, the monotonic clock of this page. */
  readonly endsAtMs: number;
}

const longestTimerMs = 2 ** 31 - 1;
const now = () => performance.now();

/** Who is logged in, with the access token in memory alone, and when it is renewed. */
export class Session implements Gatehouse {
  readonly fetch: Gatehouse['fetch'];
  user: GatehouseUser | undefined;
  isLoggedIn = false;
  readonly #listeners = new Listeners();
  readonly #ask: Ask;
  readonly #tabs: Tabs;
  readonly #owed: OwedLogout;
  #held: HeldToken | undefined;
  /** Changes with every other token and with its loss, so that an answer that comes too late is noticed. */
  #epoch = 0;
  #renewal: Promise<void> | undefined;
  #wait: AbortController | undefined;
  /** In a row. Without a login: of `resume`, which events are then to answer. */
  #failures = 0;
  #dueAtMs = Infinity;
  /** Why the gateway wants to be left alone until it is due. */
  #leftAlone: GatehouseError | undefined;
  /** A token that came for a refused one and was refused like it: the API's reason is another. */
  #refusedAfresh: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #closing = new AbortController();

  /** @param origins those that get the token */
  constructor(gatewayUrl: string, origins: readonly string[], ask: Ask) {
    this.fetch = bearerFetch(this, origins);
    this.#ask = ask;
    this.#owed = new OwedLogout(gatewayUrl);
    this.#tabs = new Tabs(gatewayUrl, (message) => this.#hear(message));
    const { signal } = this.#closing;
    for (const event of ['focus', 'visibilitychange']) {
      addEventListener(event, () => this.#wake(), { signal });
    }
    addEventListener('online', () => this.#wake(this.#failures > 0 && !this.#leftAlone), { signal });
  }

  async resume(): Promise<GatehouseUser | undefined> {
    if (this.#owed.isOwed) await this.#payLogout();
    else if (!this.isLoggedIn) await this.#renew().catch(unlessEnded);
    return this.user;
  }

  login(credentials: Credentials): Promise<LoginResult> {
    return this.#tabs.exclusive(async () => {
      const askedAtMs = now();
      const data = await this.#ask('login', {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(credentials),
      });
      const held = heldToken(data, askedAtMs);
      // The gateway ended the earlier session with this login.
      this.#owed.isOwed = false;
      this.#begin(held, data.user, true);
      this.#handOver(held, true);
      return { user: data.user, password: data.password };
    });
  }

  logout(): Promise<boolean> {
    const token = this.#held?.token;
    this.#owed.isOwed = true;
    this.#tabs.tell({ kind: 'end' });
    this.#end();
    return this.#payLogout(token);
  }

  async getAccessToken(): Promise<string | undefined> {
    if (this.#held && now() < this.#held.endsAtMs) return this.#held.token;
    if (this.isLoggedIn || this.#renewal) await this.#renew().catch(unlessEnded);
    return this.#held?.token;
  }

  /** Another token for one that was refused with a 401; undefined when there is none to be had. */
  async tokenInsteadOf(refused: string): Promise<string | undefined> {
    if (this.#held?.token === refused && refused !== this.#refusedAfresh) {
      await this.#renew().catch(unlessEnded);
    }
    const next = this.#held?.token;
    return next === refused ? undefined : next;
  }

  /** No 401 leads to another refresh before the next token. */
  noteRefusedAfresh(token: string): void {
    this.#refusedAfresh = token;
  }

  on<E extends keyof GatehouseEvents>(event: E, listener: (detail: GatehouseEvents[E]) => void): () => void {
    return this.#listeners.add(event, listener);
  }

  close(): void {
    this.#closing.abort();
    this.#tabs.close();
    this.#forget();
  }

  /** One refresh at a time: of this tab by the shared promise, of all by the lock. */
  #renew(): Promise<void> {
    if (this.#leftAlone && now() < this.#dueAtMs) return Promise.reject(this.#leftAlone);
    return (this.#renewal ??= this.#renewInTurn(this.#epoch).finally(() => (this.#renewal = undefined)));
  }

  #renewInTurn(epoch: number): Promise<void> {
    this.#wait = new AbortController();
    return this.#tabs.exclusive(async () => {
      // Another tab may have handed over a token meanwhile.
      if (epoch === this.#epoch) await this.#refresh(epoch);
    }, this.#wait);
  }

  async #refresh(epoch: number): Promise<void> {
    const askedAtMs = now();
    try {
      const held = heldToken(await this.#ask('refresh'), askedAtMs);
      const known = this.user;
      const user = known ?? (await this.#userOf(held.token));
      if (epoch !== this.#epoch) return;
      this.#begin(held, user);
      this.#handOver(held);
      if (known) void this.#lookAgain(held.token);
    } catch (error) {
      if (epoch === this.#epoch) this.#fail(error);
      throw error;
    }
  }

  /** Undefined when it cannot be told now: the token counts all the same. */
  #userOf(token: string): Promise<GatehouseUser | undefined> {
    return this.#ask('me', { method: 'GET' }, token).then(
      ({ user }) => user,
      () => undefined,
    );
  }

  /** A refresh may have read the person's groups and roles again. */
  async #lookAgain(token: string): Promise<void> {
    const user = await this.#userOf(token);
    if (!user || this.#held?.token !== token) return;
    this.#setUser(user);
    this.#tabs.tell({ kind: 'user', user });
  }

  #fail(error: unknown): void {
    if (!endsSession(error)) return this.#tryLater(error);
    this.#tabs.tell({ kind: 'end', token: this.#held?.token, facts: { ...error, message: error.message } });
    this.#end(error);
  }

  #tryLater(error: unknown): void {
    this.#leftAlone = error instanceof GatehouseError && error.retryAfterSeconds ? error : undefined;
    this.#dueAtMs = now() + pauseMs(++this.#failures, this.#leftAlone?.retryAfterSeconds);
    this.#setTimer();
  }

  #hear(message: TabMessage): void {
    if (message.kind === 'token') {
      const { token, endsInMs, user, isLogin } = message;
      this.#begin({ token, endsAtMs: now() + endsInMs }, user, isLogin);
      this.#wait?.abort();
    } else if (message.kind === 'user') this.#setUser(message.user);
    else if (!message.facts) this.#end();
    else if (this.#held?.token === message.token) this.#end(new GatehouseError(message.facts));
  }

  #begin(held: HeldToken, user: GatehouseUser | undefined, isLogin = false): void {
    const isNews = isLogin || !this.isLoggedIn;
    this.#forget();
    this.#held = held;
    this.isLoggedIn = true;
    this.#dueAtMs = held.endsAtMs - leadMs(held.endsAtMs - now());
    this.#setTimer();
    this.#setUser(user);
    if (isNews) this.#listeners.tell('login', user);
  }

  #handOver({ token, endsAtMs }: HeldToken, isLogin = false): void {
    this.#tabs.tell({ kind: 'token', token, endsInMs: endsAtMs - now(), user: this.user, isLogin });
  }

  /** @param error why, if it was no logout */
  #end(error?: GatehouseError): void {
    const isNews = this.isLoggedIn || this.#failures > 0;
    this.#forget();
    this.isLoggedIn = false;
    this.#setUser(undefined);
    if (!isNews) return;
    if (error) this.#listeners.tell('session-ended', error);
    else this.#listeners.tell('logout', undefined);
  }

  #forget(): void {
    this.#epoch++;
    this.#held = this.#leftAlone = undefined;
    this.#failures = 0;
    this.#dueAtMs = Infinity;
    clearTimeout(this.#timer);
  }

  #setUser(user: GatehouseUser | undefined): void {
    const isSame = JSON.stringify(user) === JSON.stringify(this.user);
    this.user = user;
    if (!isSame) this.#listeners.tell('user', user);
  }

  #payLogout(token?: string): Promise<boolean> {
    return this.#tabs.exclusive(async () => {
      // Another tab may have told the gateway, or somebody may have logged in.
      if (!this.#owed.isOwed) return true;
      try {
        await this.#ask('logout', { keepalive: true }, token);
        this.#owed.isOwed = false;
        this.#failures = 0;
        this.#dueAtMs = Infinity;
      } catch (error) {
        this.#tryLater(error);
      }
      return !this.#owed.isOwed;
    });
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const delayMs = Math.min(this.#dueAtMs - now(), longestTimerMs);
    this.#timer = setTimeout(() => this.#wake(), delayMs);
  }

  /**
   * Does what is due: by the timer, which may be late or early, or because the page is looked at or online again. A hidden page
   * does nothing by itself, so that a session that nobody uses comes to its end.
   */
  #wake(isDueAnyway = false): void {
    if (globalThis.document?.hidden) return;
    if (!isDueAnyway && now() < this.#dueAtMs) this.#setTimer();
    else if (this.#owed.isOwed) void this.#payLogout();
    else this.#renew().catch(() => undefined);
  }
}

function heldToken({ access_token: token, expires_in: seconds }: AnswerData, askedAtMs: number): HeldToken {
  if (!token) throw new GatehouseError({ status: 200, code: 'UNREADABLE_ANSWER', message: 'No answer' });
  return { token, endsAtMs: askedAtMs + usableMs(lifeMs(token, seconds)) };
}

function unlessEnded(error: unknown): void {
  if (!endsSession(error)) throw error;
}
