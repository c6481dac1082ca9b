/** Where the gateway is, and who besides it gets the access token. */
export interface GatehouseOptions {
  /** Address of the gateway, such as `https://sso.example.org`. Default: the origin of the page. */
  readonly baseUrl?: string;
  /**
   * Origins of your own APIs that get the access token besides the gateway, such as `https://api.example.org`; `/` stands for the origin
   * of the page. Requests to any other origin go out without it.
   */
  readonly apiOrigins?: readonly string[];
  /** The language of error texts. Default: what the browser asks for. */
  readonly locale?: 'es' | 'en';
}

/** What somebody types to log in. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Asks only this strategy of the gateway. */
  readonly strategy?: string;
}

/** A person as `/api/auth/me` shows them. */
export interface GatehouseUser {
  /** Stable id, which begins with the strategy. Keep this one, not the name. */
  readonly sub: string;
  readonly strategy: string;
  readonly username?: string;
  readonly name?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly email?: string;
  readonly groups?: readonly string[];
  readonly roles?: readonly string[];
}

/** What a login tells. */
export interface LoginResult {
  /** Missing only in relay mode, when the service's token could not be verified in time. */
  readonly user?: GatehouseUser | undefined;
  /** Where the source says something about the password. */
  readonly password?: PasswordState | undefined;
}

/** How long the password is still good. */
export interface PasswordState {
  readonly must_change: boolean;
  readonly seconds_until_expiration?: number;
}

/** The events of `on`, with what their listeners get. All come in every tab of the origin. */
export interface GatehouseEvents {
  /** Somebody is logged in from now on: by `login` or `resume`, here or in another tab. */
  login: GatehouseUser | undefined;
  /** Somebody logged out, here or in another tab, or another person has taken their place: `login` follows. */
  logout: undefined;
  /** The session is over without a logout: it ran out, or was ended elsewhere. */
  'session-ended': GatehouseError;
  /** What is known of the person has changed; undefined when nobody is logged in any more. */
  user: GatehouseUser | undefined;
}

/** A login of this origin, shared by its tabs. */
export interface Gatehouse {
  /** Who is logged in. Stays while the gateway cannot be reached. */
  readonly user: GatehouseUser | undefined;
  /** Stays true while the gateway cannot be reached. */
  readonly isLoggedIn: boolean;
  /**
   * Takes up the session of the browser's cookie, once when the page starts.
   * @returns the person, or undefined when nobody is logged in, or only the session of a logout that the gateway has not heard of
   * @throws GatehouseError when the gateway did not say whether somebody is, or who. It is asked again by itself then; `login` or `session-ended` tells how it ended.
   */
  resume(): Promise<GatehouseUser | undefined>;
  /** @throws GatehouseError, such as `UNAUTHORIZED` for wrong credentials */
  login(credentials: Credentials): Promise<LoginResult>;
  /**
   * Logs out in all tabs, at once.
   * @returns whether the gateway knows, after 8 s at most. If not, it is told as soon as it can be reached, and `resume` does not take
   * that session up.
   */
  logout(): Promise<boolean>;
  /**
   * As the browser's own, with the access token for the gateway and the `apiOrigins`. A 401 leads to one refresh and one repeat.
   * @throws GatehouseError when a new token is needed and the gateway gives no answer
   */
  fetch(this: void, input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /**
   * An access token that is still good, for what `fetch` does not do (WebSocket, EventSource, XMLHttpRequest).
   * @returns undefined when nobody is logged in
   * @throws GatehouseError when a new token is needed and the gateway gives no answer
   */
  getAccessToken(): Promise<string | undefined>;
  /** @returns a function that removes the listener */
  on<E extends keyof GatehouseEvents>(event: E, listener: (detail: GatehouseEvents[E]) => void): () => void;
  /**
   * Forgets everything in this tab, ends its requests but a logout, and logs out nobody. A login on its way rejects with a
   * GatehouseError. Not to be used after that.
   */
  close(): void;
}

/** What an error is made of. */
export interface ErrorFacts {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly fields?: readonly FieldError[];
  readonly retryAfterSeconds?: number | undefined;
  readonly requestId?: string | undefined;
}

/** A field of a request that is at fault. */
export interface FieldError {
  readonly campo: string;
  readonly error: string;
}

/** The gateway said no, or nothing at all. */
export class GatehouseError extends Error {
  /** HTTP status; 0 when there was no answer. */
  declare readonly status: number;
  /** A code of the gateway, `NETWORK_ERROR` when there was no answer, `UNREADABLE_ANSWER` when it was not the gateway's. */
  declare readonly code: string;
  /** The fields at fault, as the gateway names them. */
  declare readonly fields: readonly FieldError[];
  declare readonly retryAfterSeconds: number | undefined;
  /** To be named to whoever runs the gateway. */
  declare readonly requestId: string | undefined;

  constructor(facts: ErrorFacts, options?: ErrorOptions) {
    super(facts.message, options);
    Object.assign(this, { name: 'GatehouseError', fields: [] }, facts);
  }
}
