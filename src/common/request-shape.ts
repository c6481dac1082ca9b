import type { FastifyRequest } from 'fastify';
import { GatehouseError } from './gatehouse-error';
import { countQueryParameters, mostQueryParameters } from './query-parameters';

/** Bytes of the request line and of all headers together; Node counts them. */
export const mostHeaderBytes = 16 * 1024;
/** Far below the 2000 past which Node leaves headers out without a word. */
export const mostHeaders = 100;
export const mostCookies = 200;
/** Characters of the target of a request. Its longest honest part is the `id_token_hint` of a logout. */
export const longestUrl = 8 * 1024;

/**
 * Headers of which a second one would make us and a proxy before us read two different requests (RFC 9110 section 5.3; for `Host`
 * RFC 9112 section 3.2 demands 400). Node refuses a second Content-Length itself.
 */
const singleHeaders: ReadonlySet<string> = new Set(['host', 'authorization', 'content-type']);

/** What is wrong with the outside of a request, if anything. Looks at no body. The connection ends with the answer. */
export function faultOfShape(
  { raw, url }: Pick<FastifyRequest, 'raw' | 'url'>,
  bodyLimitBytes: number,
): GatehouseError | undefined {
  if (url.length > longestUrl) return refused('URI_TOO_LONG', 'the target is too long');
  // RFC 9112 section 3.2.
  if (raw.headers.host === undefined && raw.httpVersion === '1.1')
    return refused('VALIDATION_ERROR', 'no Host');
  const headers = raw.rawHeaders;
  if (headers.length > 2 * mostHeaders) return refused('HEADERS_TOO_LARGE', 'too many headers');
  if (countOf(';', raw.headers.cookie ?? '') >= mostCookies)
    return refused('HEADERS_TOO_LARGE', 'too many cookies');
  if (countQueryParameters(url) > mostQueryParameters)
    return refused('VALIDATION_ERROR', 'too many parameters');
  if (hasTwoOfOne(headers)) return refused('VALIDATION_ERROR', 'a header that must be one comes twice');
  return faultOfFraming(raw) ?? faultOfBody(raw, bodyLimitBytes);
}

/**
 * Codings that we do not undo must not be passed over (RFC 9112 section 6.1, RFC 9110 section 8.4), and before HTTP/1.1 there is none.
 * Node takes requests of HTTP/0.9 too, which have neither headers nor an answer with any.
 */
function faultOfFraming({ headers, httpVersion }: FastifyRequest['raw']): GatehouseError | undefined {
  if (httpVersion !== '1.1' && httpVersion !== '1.0')
    return refused('VALIDATION_ERROR', 'another HTTP version');
  const transfer = headers['transfer-encoding'];
  if (transfer !== undefined && (transfer.toLowerCase() !== 'chunked' || httpVersion === '1.0')) {
    return refused('VALIDATION_ERROR', 'another transfer coding than chunked');
  }
  const content = headers['content-encoding'];
  if (content !== undefined && content.toLowerCase() !== 'identity') {
    return refused('UNSUPPORTED_MEDIA_TYPE', 'a coded body');
  }
  return undefined;
}

/** A route that reads no body would leave it to Node, which takes it in to its end, however long it is. */
function faultOfBody(
  { headers, method }: FastifyRequest['raw'],
  bodyLimitBytes: number,
): GatehouseError | undefined {
  if (Number(headers['content-length'] ?? 0) > bodyLimitBytes)
    return refused('PAYLOAD_TOO_LARGE', 'a long body');
  const isBare = method === 'GET' || method === 'HEAD';
  return isBare && headers['transfer-encoding'] !== undefined
    ? refused('VALIDATION_ERROR', 'a body of unknown length where there is none')
    : undefined;
}

function hasTwoOfOne(rawHeaders: readonly string[]): boolean {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    if (!singleHeaders.has(name)) continue;
    if (seen.has(name)) return true;
    seen.add(name);
  }
  return false;
}

function countOf(character: string, text: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count++;
  return count;
}

function refused(code: GatehouseError['code'], detail: string): GatehouseError {
  return new GatehouseError(code, { detail, headers: { Connection: 'close' } });
}
