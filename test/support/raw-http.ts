import { connect, type Socket } from 'node:net';

/** One answer as it came over a bare connection. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface RawTalk {
  /** Everything that was heard. */
  readonly text: string;
  readonly answers: readonly RawAnswer[];
  /** Whether the server ended the connection. */
  readonly ended: boolean;
  /** What is left of the text that is no whole answer. */
  readonly rest: string;
}

export interface TalkOptions {
  /** Resolves as soon as so many answers are whole; else when the server ends the connection. */
  readonly answers?: number;
  readonly withinMs?: number;
  /** Says nothing more after the bytes, so that the server need not wait. */
  readonly halfClose?: boolean;
}

/**
 * Says bytes to a server over a connection of their own and hears what it answers.
 * @throws Error when neither the answers nor the end come in time
 */
export function talk(url: string, bytes: string | Buffer, options: TalkOptions = {}): Promise<RawTalk> {
  const { answers = Number.POSITIVE_INFINITY, withinMs = 20_000 } = options;
  return new Promise((resolve, reject) => {
    const socket = connectTo(url);
    let text = '';
    const finish = (ended: boolean) => {
      clearTimeout(giveUp);
      socket.destroy();
      resolve({ text, ended, ...parseAnswers(text) });
    };
    const giveUp = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end within ${withinMs} ms; heard ${JSON.stringify(text.slice(0, 300))}`));
    }, withinMs);
    socket.on('connect', () => (options.halfClose ? socket.end(bytes) : socket.write(bytes)));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (parseAnswers(text).answers.length >= answers) finish(false);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => finish(true));
  });
}

export function connectTo(url: string): Socket {
  return connect(Number(new URL(url).port), '127.0.0.1');
}

/** The text of a request. Its length is added where it has a body and does not say it itself. */
export function rawRequest(line: string, headers: readonly string[] = [], body?: string): string {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`];
  return [`${line} HTTP/1.1`, 'Host: gateway', ...headers, ...length, '', body ?? ''].join('\r\n');
}

/** Reads answers with a Content-Length, one after the other; interim ones are passed over. */
export function parseAnswers(text: string): {
  readonly answers: readonly RawAnswer[];
  readonly rest: string;
} {
  const answers: RawAnswer[] = [];
  let rest = text;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(rest) ?? [];
    if (end < 0 || status === undefined) return { answers, rest };
    const headers = new Map<string, string>();
    for (const line of rest.slice(0, end).split('\r\n').slice(1)) {
      const colon = line.indexOf(':');
      headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    const length = Number(headers.get('content-length') ?? 0);
    const body = rest.slice(end + 4, end + 4 + length);
    if (body.length < length) return { answers, rest };
    rest = rest.slice(end + 4 + length);
    if (Number(status) >= 200) answers.push({ status: Number(status), headers, body });
  }
}
