import { bearerFetch } from './bearer-fetch';
import {
  type Credentials,
  type Gatehouse,
  GatehouseError,
  type GatehouseEvents,
  type GatehouseUser,
  type LoginResult,
} from './contract';
import { type Ask, endsSession, gatewayAt, unlessEnded } from './gateway';
import { type HeldToken, heldToken, now } from './held-token';
import { Listeners } from './listeners';
import { OwedLogout } from './owed-logout';
import { type TabMessage, Tabs } from './tabs';
import { leadMs, pauseMs } from './token-life';

/** What a login, a refresh or another tab brings. */
interface Beginning extends HeldToken {
  readonly user: GatehouseUser | undefined;
  readonly isLogin?: boolean;
}

/** Shorter than a tab waits for its turn: a login that overtook a logout would lose its cookie to it. */
const longestLogoutMs = 8_000;
/** The longest that `setTimeout` takes. */
const longestTimerMs = 0x7fffffff;

/** Who is logged in, with the access token in memory alone, and when it is renewed. */
export class Session implements Gatehouse {
  readonly fetch: Gatehouse['fetch'];
  user: GatehouseUser | undefined;
  readonly #listeners = new Listeners();
  readonly #ask: Ask;
  readonly #tabs: Tabs;
  readonly #owed: OwedLogout;
  #held: HeldToken | undefined;
  /** Changes with every other token and with its loss, so that an answer that comes too late is noticed. */
  #epoch = 0;
  #renewal: Promise<void> | undefined;
  #wait: AbortController | undefined;
  /** The last session that ended here. Its token may still come from another tab, which did not know yet. */
  #ended: string | undefined;
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
  constructor(gatewayUrl: string, origins: readonly string[], locale: string | undefined) {
    this.fetch = bearerFetch(this, origins);
    this.#ask = gatewayAt(gatewayUrl, locale, this.#closing.signal);
    this.#owed = new OwedLogout(gatewayUrl);
    this.#tabs = new Tabs(gatewayUrl, (message) => this.#hear(message));
    const { signal } = this.#closing;
    for (const event of ['focus', 'visibilitychange']) {
      addEventListener(event, () => this.#wake(), { signal });
    }
    addEventListener('online', () => this.#wake(this.#failures > 0 && !this.#leftAlone), { signal });
  }

  get isLoggedIn(): boolean {
    return !!this.#held;
  }

  async resume(): Promise<GatehouseUser | undefined> {
    // As long as a logout is owed the cookie may be that of the session it is for.
    if (!this.#held) await this.#renew().catch((error) => this.#owed.session ?? unlessEnded(error));
    return this.user;
  }

  login(credentials: Credentials): Promise<LoginResult> {
    return this.#tabs.exclusive(async () => {
      const askedAtMs = now();
      const data = await this.#ask('login', {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(credentials),
      });
      const { user, password } = data;
      this.#lead({ ...heldToken(data, askedAtMs), user, isLogin: true });
      return { user, password };
    });
  }

  logout(): Promise<boolean> {
    const { token, session = '' } = this.#held ?? {};
    this.#owed.session = session;
    this.#tabs.tell({ session });
    this.#end(session);
    const epoch = this.#epoch;
    return this.#tabs.exclusive(async () => {
      try {
        // Somebody may have logged in meanwhile, with which the gateway ended the earlier session.
        if (this.#owed.session === session) await this.#tellLogout(session, token);
        return true;
      } catch (error) {
        if (epoch === this.#epoch) this.#tryLater(error);
        return false;
      }
    });
  }

  async getAccessToken(): Promise<string | undefined> {
    if (this.#held && now() < this.#held.endsAtMs) return this.#held.token;
    if (this.#held || this.#renewal) await this.#renew().catch(unlessEnded);
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
    this.user = undefined;
    // Equals nothing, itself included: what is still on its way changes nothing.
    this.#epoch = NaN;
  }

  /** One refresh at a time: of this tab by the shared promise, of all by the lock. */
  #renew(): Promise<void> {
    if (this.#leftAlone && now() < this.#dueAtMs) return Promise.reject(this.#leftAlone);
    return (this.#renewal ??= this.#renewInTurn(this.#epoch).finally(() => (this.#renewal = undefined)));
  }

  #renewInTurn(epoch: number): Promise<void> {
    this.#wait = new AbortController();
    return this.#tabs.exclusive(() => this.#refresh(epoch), this.#wait);
  }

  async #refresh(epoch: number): Promise<void> {
    // Another tab may have handed over a token meanwhile.
    if (epoch !== this.#epoch) return;
    const askedAtMs = now();
    try {
      const held = heldToken(await this.#ask('refresh'), askedAtMs);
      if (epoch !== this.#epoch) return;
      const owed = this.#owed.session;
      // The cookie may have become that of a session which was logged out, or of another person.
      if (owed === '' || owed === held.session) return await this.#tellLogout(owed, held.token);
      const user = await this.#userOf(held);
      if (epoch === this.#epoch) this.#lead({ ...held, user });
    } catch (error) {
      if (epoch === this.#epoch) this.#fail(error);
      throw error;
    }
  }

  /** A refresh may have read the groups and roles again. Whoever is known stays so where they cannot be told now. */
  async #userOf({ token, sub }: HeldToken): Promise<GatehouseUser | undefined> {
    try {
      return (await this.#ask('me', { method: 'GET' }, token)).user;
    } catch (error) {
      if (this.#held?.sub !== sub) throw error;
      return this.user;
    }
  }

  async #tellLogout(session: string, token: string | undefined): Promise<void> {
    // Without `keepalive`: browsers do not end such a request at its limit, and its late answer would take the next login's cookie.
    await this.#ask('logout', { signal: AbortSignal.timeout(longestLogoutMs) }, token);
    if (this.#owed.session === session) this.#settle();
  }

  /** Nothing is owed any more. Nobody is told: the logout was. */
  #settle(): void {
    this.#owed.session = undefined;
    this.#failures = 0;
    this.#end();
  }

  #fail(error: unknown): void {
    if (!endsSession(error)) return this.#tryLater(error);
    if (this.#owed.session !== undefined) return this.#settle();
    const { session } = this.#held ?? {};
    if (session) this.#tabs.tell({ session, facts: { ...error, message: error.message } });
    this.#end(session, error);
  }

  #tryLater(error: unknown): void {
    this.#leftAlone = error instanceof GatehouseError && error.retryAfterSeconds ? error : undefined;
    this.#dueAtMs = now() + pauseMs(++this.#failures, this.#leftAlone?.retryAfterSeconds);
    this.#setTimer();
  }

  #hear(message: TabMessage): void {
    const { session } = message;
    if ('token' in message) {
      if (session === this.#ended && !message.isLogin) return;
      this.#begin({ ...message, endsAtMs: now() + message.endsInMs });
      this.#wait?.abort();
    } else if (!session || !this.#held || session === this.#held.session) {
      this.#end(session, message.facts && new GatehouseError(message.facts));
    }
  }

  /** Begins in all tabs. */
  #lead(beginning: Beginning): void {
    this.#begin(beginning);
    this.#tabs.tell({ ...beginning, endsInMs: beginning.endsAtMs - now() });
  }

  #begin(beginning: Beginning): void {
    const { sub, endsAtMs, user, isLogin } = beginning;
    if (this.#held && this.#held.sub !== sub) this.#end();
    const isNews = isLogin || !this.#held;
    this.#forget();
    this.#owed.session = undefined;
    this.#held = beginning;
    this.#dueAtMs = endsAtMs - leadMs(endsAtMs - now());
    this.#setTimer();
    this.#setUser(user);
    if (isNews) this.#listeners.tell('login', user);
  }

  /** @param error why, if it was no logout */
  #end(session = this.#ended, error?: GatehouseError): void {
    const isNews = this.#held || this.#failures;
    this.#forget();
    this.#ended = session;
    this.#setUser(undefined);
    if (isNews) this.#listeners.tell(error ? 'session-ended' : 'logout', error);
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
    else this.#renew().catch(() => undefined);
  }
}
