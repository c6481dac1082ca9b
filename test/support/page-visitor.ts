import { type Answer, Client } from './client';

type Headers = Readonly<Record<string, string>>;

/** Somebody with a browser, over bare HTTP: keeps cookies by name, sends forms, and follows no redirect. */
export class PageVisitor {
  /** The value of each cookie by its name. */
  readonly cookies = new Map<string, string>();
  private readonly client: Client;

  constructor(baseUrl: string) {
    this.client = new Client(baseUrl);
  }

  get(path: string, headers: Headers = {}): Promise<Answer> {
    return this.send(path, { headers });
  }

  /** Sends a form as a browser does from a page of the same origin. */
  post(path: string, fields: Headers, headers: Headers = {}): Promise<Answer> {
    const form = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' };
    const body = new URLSearchParams(fields).toString();
    return this.send(path, { method: 'POST', body, headers: { ...form, ...headers } });
  }

  private async send(
    path: string,
    { headers, ...options }: { method?: string; body?: string; headers: Headers },
  ): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.client.request(path, {
      ...options,
      headers: { accept: 'text/html,*/*;q=0.8', ...(cookie !== '' && { cookie }), ...headers },
    });
    answer.setCookies.forEach((line) => this.keep(line));
    return answer;
  }

  /** Cookies of all paths go to all paths, which is more than a browser sends. */
  private keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (/Max-Age=0\b/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

/** The attributes of an element of a page by its id, as text; empty where there is no such element. */
export function elementWithId(html: string, id: string): string {
  return new RegExp(`<[a-z]+[^>]*\\sid="${id}"[^>]*>`).exec(html)?.[0] ?? '';
}

/** The address that the form of a page is sent to. */
export function formAction(html: string): string {
  return (/<form[^>]*\saction="([^"]*)"/.exec(html)?.[1] ?? '').replaceAll('&amp;', '&');
}
