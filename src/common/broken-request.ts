import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ErrorCode, errorDefinitions } from './error-codes';
import { systemErrorCode } from './system-error';

/** Requests of one connection that may be under way at the same time; a client that sends more ahead loses the connection. */
export const mostPipelined = 100;

interface UnderWay {
  /** The answer to the newest request. */
  latest: ServerResponse;
  open: number;
}

const underWay = new WeakMap<Socket, UnderWay>();

/** Keeps in view what is under way on each connection, and refuses tunnels (RFC 9110 section 9.3.6). */
export function watchRequests(server: Server): void {
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const open = (underWay.get(socket)?.open ?? 0) + 1;
    underWay.set(socket, { latest: response, open });
    if (open > mostPipelined) socket.destroy();
    response.once('close', () => {
      const current = underWay.get(socket);
      if (current) current.open--;
    });
  });
  server.on('connect', (_request, socket) => {
    socket.on('error', () => undefined);
    answer(socket, 'METHOD_NOT_ALLOWED');
  });
}

/**
 * Answers what is no HTTP request, or too slow or too large a one. Node's parser gave up on it, so there is no request and no
 * reply, only the socket. A text must never get between the answers to earlier requests: the client would take it for one of them.
 * @param headers those that every answer has
 */
export function answerBrokenRequest(
  error: unknown,
  socket: Socket,
  headers: Readonly<Record<string, string>>,
): void {
  const code = systemErrorCode(error);
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const current = underWay.get(socket);
  if (current === undefined || current.open === 0) {
    // What is left of a request that has had its answer is nothing to answer.
    if (current?.latest.req.complete === false) return void socket.destroy();
    return answer(socket, codesOfFailures[code ?? ''] ?? 'VALIDATION_ERROR', headers);
  }
  const { latest, open } = current;
  if (latest.req.complete) return void latest.once('close', () => socket.destroySoon());
  if (open > 1 || latest.headersSent) return void socket.destroy();
  return answer(socket, codesOfFailures[code ?? ''] ?? 'VALIDATION_ERROR', headers);
}

function answer(socket: Duplex, code: ErrorCode, headers: Readonly<Record<string, string>> = {}): void {
  const { status, text } = errorDefinitions[code];
  const requestId = randomUUID();
  const body = JSON.stringify({ status: 'error', code, message: text.es, requestId });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n` +
      'Content-Type: application/json; charset=utf-8\r\n' +
      Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('') +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-Request-Id: ${requestId}\r\n` +
      `${status === 405 ? 'Allow: GET, HEAD, POST, DELETE\r\n' : ''}` +
      `Cache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
  );
}

const codesOfFailures: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'PAYLOAD_TOO_LARGE',
};
