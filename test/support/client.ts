/** One answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly setCookies: readonly string[];
  readonly text: string;
  /** The parsed body; an empty object when it is no JSON object. */
  readonly body: JsonObject;
  /** `data` of a success. */
  readonly data: JsonObject;
}

export type JsonObject = Readonly<Record<string, unknown>>;

interface RequestOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client without any cleverness: real HTTP, no cookie jar, no redirects. */
export class Client {
  constructor(private readonly baseUrl: string) {}

  async request(path: string, { method = 'GET', body, headers = {} }: RequestOptions = {}): Promise<Answer> {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(this.baseUrl + path, {
      method,
      redirect: 'manual',
      headers: { ...json, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const parsed = objectOf(parse(text));
    return {
      status: response.status,
      headers: response.headers,
      setCookies: response.headers.getSetCookie(),
      text,
      body: parsed,
      data: objectOf(parsed['data']),
    };
  }

  login(
    usuario: string,
    contrasenia: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return this.request('/api/auth/login', { method: 'POST', body: { usuario, contrasenia }, headers });
  }

  refresh(cookie: string): Promise<Answer> {
    return this.request('/api/auth/refresh', { method: 'POST', headers: { cookie } });
  }

  logout(cookie: string): Promise<Answer> {
    return this.request('/api/auth/logout', { method: 'POST', headers: { cookie } });
  }

  me(accessToken: string): Promise<Answer> {
    return this.request('/api/auth/me', { headers: { authorization: `Bearer ${accessToken}` } });
  }
}

/** The `Cookie` header that a browser would send back after this answer. */
export function cookieOf(answer: Answer): string {
  return answer.setCookies[0]?.split(';', 1)[0] ?? '';
}

/** The cookies of an answer but the one of the device, which every login of a browser sets. */
export function tokenCookiesOf({ setCookies }: Answer): readonly string[] {
  return setCookies.filter((line) => !line.startsWith('gatehouse_device='));
}

export function textOf(object: JsonObject, name: string): string {
  const value = object[name];
  if (typeof value !== 'string') throw new Error(`${name} is no text`);
  return value;
}

export function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
