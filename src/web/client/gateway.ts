import { type GatehouseUser, GatehouseError, type FieldError, type PasswordState } from './contract';

/** The members of an answer's `data` that the client reads. */
export interface AnswerData {
  readonly access_token?: string;
  readonly expires_in?: number;
  readonly user?: GatehouseUser;
  readonly password?: PasswordState;
}

interface Answer {
  readonly data?: AnswerData | null;
  readonly code?: string;
  readonly message?: string;
  readonly errors?: readonly FieldError[];
  readonly requestId?: string;
}

/** A login may wait for a slow directory. */
const longestCallMs = 60_000;

/**
 * Asks a route under `/api/auth`: by POST unless `init` says otherwise, and with the cookie.
 * @throws GatehouseError for every answer but a success, and for none
 */
export type Ask = (route: string, init?: RequestInit, token?: string) => Promise<AnswerData>;

/**
 * @param locale the language of error texts, if it is not to be the browser's
 * @param closing ends all questions without a signal of their own, those to come included
 */
export function gatewayAt(url: string, locale: string | undefined, closing: AbortSignal): Ask {
  return async (route, init = {}, token) => {
    const headers = new Headers(init.headers);
    if (locale) headers.set('Accept-Language', locale);
    if (token) headers.set('Authorization', `Bearer ${token}`);
    const signal = AbortSignal.any([closing, AbortSignal.timeout(longestCallMs)]);
    const { response, text } = await answerTo(`${url}/api/auth/${route}`, { signal, ...init, headers });
    const body = parse(text);
    if (!response.ok || !body) throw errorOf(response, body);
    return body.data ?? {};
  };
}

async function answerTo(url: string, init: RequestInit): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      credentials: 'include',
      // No route of these redirects, and a password must not travel on.
      redirect: 'error',
      ...init,
    });
    return { response, text: await response.text() };
  } catch (cause) {
    throw new GatehouseError({ status: 0, code: 'NETWORK_ERROR', message: 'No answer' }, { cause });
  }
}

/** Something else than the gateway may have answered: a proxy, or the login page of a wireless network. */
function errorOf({ status, headers }: Response, body: Answer | undefined): GatehouseError {
  return new GatehouseError({
    status,
    code: body?.code ?? 'UNREADABLE_ANSWER',
    message: body?.message ?? `HTTP ${status}`,
    fields: body?.errors ?? [],
    // The other form of the header is a date, by a clock that may not be ours.
    retryAfterSeconds: Number(headers.get('Retry-After')) || undefined,
    requestId: body?.requestId,
  });
}

/** Whether an answer to a refresh says that there is no session, and not just that something failed. */
export function endsSession(error: unknown): error is GatehouseError {
  return error instanceof GatehouseError && error.status === 401 && /^(NO_)?REFRESH_/.test(error.code);
}

/** Throws on what does not. */
export function unlessEnded(error: unknown): void {
  if (!endsSession(error)) throw error;
}

function parse(text: string): Answer | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return isAnswer(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

function isAnswer(body: unknown): body is Answer {
  return body instanceof Object && 'status' in body;
}
