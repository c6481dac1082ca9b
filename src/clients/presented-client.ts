import type { FastifyRequest } from 'fastify';
import { GatehouseError } from '../common/gatehouse-error';
import { isJsonObject } from '../common/json-pointer';
import type { PresentedClient } from './client-registry';

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
  const fromBody = clientInBody(request.body);
  if (!fromHeader) return fromBody;
  // RFC 6749 section 2.3: no more than one method; a client_id that says the same once more is harmless.
  if (fromBody && (fromBody.secret !== undefined || fromBody.clientId !== fromHeader.clientId)) {
    throw new GatehouseError('INVALID_CLIENT', { detail: 'two ways of client authentication' });
  }
  return fromHeader;
}

/** The client that a body names by `client_id` and, where it has one, `client_secret`. @throws GatehouseError INVALID_CLIENT */
export function clientInBody(body: unknown): PresentedClient | undefined {
  if (!isJsonObject(body)) return undefined;
  const { client_id: clientId, client_secret: secret } = body;
  if (typeof clientId !== 'string' || clientId === '' || clientId.length > longestId) return undefined;
  if (secret === undefined || secret === '') return { clientId, method: 'none' };
  if (typeof secret !== 'string' || secret.length > longestSecret) {
    throw new GatehouseError('INVALID_CLIENT', { detail: 'the secret is no text or too long' });
  }
  return { clientId, secret, method: 'client_secret_post' };
}

function basicClient(header: string | undefined): PresentedClient | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? '')?.[1];
  if (encoded === undefined || encoded.length > longestHeader) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) throw new GatehouseError('INVALID_CLIENT', { detail: 'Basic without a colon' });
  const rawSecret = text.slice(colon + 1);
  const clientId = formDecoded(text.slice(0, colon));
  const secret = formDecoded(rawSecret);
  return { clientId, secret, rawSecret, method: 'client_secret_basic', byHeader: true };
}

/** RFC 6749 section 2.3.1 wants both parts form-encoded, which not every client does. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    return text;
  }
}
