import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { errorDefinitions } from './error-codes';
import { systemErrorCode } from './system-error';

/**
 * Answers what is no HTTP request, or too slow or too large a one. Node's parser gave up on it, so there is no request and no
 * reply, only the socket.
 * @param headers those that every answer has
 */
export function answerBrokenRequest(
  error: unknown,
  socket: Socket,
  headers: Readonly<Record<string, string>>,
): void {
  const code = systemErrorCode(error);
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, text } = failures[code ?? ''] ?? malformed;
  const requestId = randomUUID();
  const body = JSON.stringify({ status: 'error', code: 'VALIDATION_ERROR', message: text, requestId });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n` +
      'Content-Type: application/json; charset=utf-8\r\n' +
      Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('') +
      `Content-Length: ${Buffer.byteLength(body)}\r\nX-Request-Id: ${requestId}\r\n` +
      `Cache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
  );
}

interface Failure {
  readonly status: number;
  readonly text: string;
}

const malformed: Failure = { status: 400, text: errorDefinitions.VALIDATION_ERROR.text.es };
const failures: Readonly<Record<string, Failure>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, text: 'La petición tardó demasiado' },
  HPE_HEADER_OVERFLOW: { status: 431, text: 'Las cabeceras de la petición son demasiado grandes' },
};
