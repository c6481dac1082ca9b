import type { FastifyRequest } from 'fastify';
import { isJsonObject } from '../common/json-pointer';
import type { PresentedClient } from './client-registry';
import { invalidClient } from './invalid-client';

const longestId = 128;
const longestSecret = 512;
const longestHeader = 2048;

/**
 * The client that a request names: by HTTP Basic, or by `client_id` and `client_secret` in the body (RFC 6749 section 2.3.1), or by
 * `client_id` alone. Undefined where it names none. Nothing is checked yet.
 * @throws GatehouseError INVALID_CLIENT for a header that cannot be read, or two ways in one request
 */
export function presentedClient(request: FastifyRequest): PresentedClient | undefined {
  const fromHeader = basicClient(request.headers.authorization);
  if (!fromHeader) return clientInBody(request.body);
  // RFC 6749 section 2.3: no more than one method; a client_id that says the same once more is harmless.
  const { client_id: clientId = fromHeader.clientId, client_secret: secret } = membersOf(request.body);
  if (clientId !== fromHeader.clientId || secret !== undefined) {
    throw invalidClient('two ways of client authentication', fromHeader);
  }
  return fromHeader;
}

/**
 * The client that a login names, which may be none. A Basic header that names no client of ours is not meant for us where nothing in
 * the body speaks of a client: old applications send such headers, and proxies with a password of their own pass them on.
 * @throws as `presentedClient`
 */
export function clientAtLogin(
  request: FastifyRequest,
  isKnown: (clientId: string) => boolean,
): PresentedClient | undefined {
  const body = membersOf(request.body);
  const speaksOfClient = ['client_id', 'client_secret', 'scope'].some((name) => (body[name] ?? '') !== '');
  if (speaksOfClient) return presentedClient(request);
  const named = readBasic(request.headers.authorization);
  return named && 'clientId' in named && isKnown(named.clientId) ? named : undefined;
}

/** The client that a body names by `client_id` and, where it has one, `client_secret`. @throws GatehouseError INVALID_CLIENT */
export function clientInBody(body: unknown): PresentedClient | undefined {
  const { client_id: clientId, client_secret: secret } = membersOf(body);
  if (typeof clientId !== 'string' || clientId === '' || clientId.length > longestId) return undefined;
  if (secret === undefined || secret === '') return { clientId, method: 'none' };
  if (typeof secret !== 'string' || secret.length > longestSecret) {
    throw invalidClient('the secret is no text or too long', {});
  }
  return { clientId, secret, method: 'client_secret_post' };
}

function membersOf(body: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(body) ? body : {};
}

function basicClient(header: string | undefined): PresentedClient | undefined {
  const read = readBasic(header);
  if (read && 'fault' in read) throw invalidClient(read.fault, { byHeader: true });
  return read;
}

/** RFC 7617. A client without a secret may leave it empty (RFC 6749 section 2.3.1). */
function readBasic(header = ''): PresentedClient | { readonly fault: string } | undefined {
  if (!/^Basic( |$)/i.test(header)) return undefined;
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header)?.[1];
  if (encoded === undefined || encoded.length > longestHeader) return { fault: 'Basic that cannot be read' };
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return { fault: 'Basic without a client or a colon' };
  const clientId = idOf(text.slice(0, colon));
  const rawSecret = text.slice(colon + 1);
  if (rawSecret === '') return { clientId, method: 'none', byHeader: true };
  return {
    clientId,
    secret: formDecoded(rawSecret),
    rawSecret,
    method: 'client_secret_basic',
    byHeader: true,
  };
}

/** No client has a blank in its name, so a plus sign that would become one was not encoded. */
function idOf(text: string): string {
  const decoded = formDecoded(text);
  return decoded.includes(' ') ? text : decoded;
}

/** RFC 6749 section 2.3.1 wants both parts form-encoded, which not every client does. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    return text;
  }
}
