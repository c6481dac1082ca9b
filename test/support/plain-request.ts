import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** An answer with its headers as Node reads them: names in lower case, values byte for byte as latin1. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface PlainRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The path as it goes over the wire, where an address would have it mended. */
  readonly path?: string;
}

const timeoutMs = 20_000;

/** Sends exactly these headers, which `fetch` does not: it has a `Sec-Fetch-Mode` and an `Accept` of its own. */
export function plainRequest(
  url: string,
  { method = 'GET', headers, body, path }: PlainRequest = {},
): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers,
      agent: false,
      timeout: timeoutMs,
      ...(path !== undefined && { path }),
    };
    const asked = request(url, options, (answer) => {
      text(answer).then(
        (read) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: read }),
        reject,
      );
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    asked.on('error', reject);
    asked.end(body);
  });
}
