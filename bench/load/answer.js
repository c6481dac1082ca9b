// HTTP/1.1 as the load generator speaks it: one request at a time on a connection, as text in latin1.

const endOfHead = '\r\n\r\n';
const bytes = Symbol('bytes');

/** The request as it goes over the wire. The same object is written only once. */
function bytesOf(request) {
  return (request[bytes] ??= write(request));
}

function write({ method, path, headers = {}, body }) {
  const lines = [`${method} ${path} HTTP/1.1`, 'host: 127.0.0.1', 'user-agent: bench'];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (body !== undefined) lines.push(`content-length: ${body.length}`);
  return `${lines.join('\r\n')}${endOfHead}${body ?? ''}`;
}

/** What has arrived whole. */
class Answer {
  constructor(head, body) {
    this.head = head;
    this.body = body;
    this.status = Number(head.slice(9, 12));
  }

  /** The first value of a header, undefined without it. */
  header(name) {
    return this.headers(name)[0];
  }

  /** All values of a header, such as `set-cookie`. */
  headers(name) {
    const found = this.head.matchAll(new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'gi'));
    return Array.from(found, ([, value]) => value);
  }

  /** Whether the server closes the connection after this one. */
  get isLast() {
    return /\r\nconnection: *close/i.test(this.head);
  }
}

const lengthForm = /\r\ncontent-length: *(\d+)/i;
const chunkedForm = /\r\ntransfer-encoding: *chunked/i;

/**
 * The answer that stands at the beginning of what was received; undefined while it is not whole. `hasEnded` says that the server has
 * closed, which ends a body that names no length (RFC 9112 section 6.3).
 */
function answerIn(received, hasEnded = false) {
  const end = received.indexOf(endOfHead);
  if (end < 0) return undefined;
  const head = received.slice(0, end);
  const rest = received.slice(end + endOfHead.length);
  const length = lengthForm.exec(head);
  if (length) return rest.length < Number(length[1]) ? undefined : new Answer(head, rest);
  if (/^HTTP\/1.1 (204|304)/.test(head)) return new Answer(head, '');
  if (!chunkedForm.test(head)) return hasEnded ? new Answer(head, rest) : undefined;
  const body = unchunked(rest);
  return body === undefined ? undefined : new Answer(head, body);
}

function unchunked(text) {
  let body = '';
  for (let at = 0; ;) {
    const end = text.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const size = Number.parseInt(text.slice(at, end), 16);
    if (text.length < end + 2 + size + 2) return undefined;
    if (size === 0) return body;
    body += text.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

module.exports = { answerIn, bytesOf };
