import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GatehouseError } from './gatehouse-error';
import { jsonExcess } from './json-limits';
import { unsafeNames } from './query-parameters';
import { routeConfig } from './route-config';

/**
 * How the body of a route is read. `json`: as JSON, and no other type. `form`: as `application/x-www-form-urlencoded`, and no other
 * type. `json-or-form`: either. `text`: whatever its type says, as it came, so that the route reads it by rules of its own.
 */
export type BodyForm = 'json' | 'form' | 'json-or-form' | 'text';

/** Says how the body of a route is read; as JSON unless said otherwise, because a page of another site can post a form. */
export const ReadsBody = (form: BodyForm): MethodDecorator => routeConfig({ bodyForm: form });

const mostParameters = 100;

/** Teaches the server to read bodies. An empty one counts as none, as clients of `/refresh` and `/logout` send it. */
export function readBodies(server: FastifyInstance): void {
  const parseJson = server.getDefaultJsonParser('remove', 'remove');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString();
    const form = bodyFormOf(request);
    if (form === 'text') return done(null, text);
    if (form === 'form') return done(wrongType());
    if (text === '') return done(null, undefined);
    if (jsonExcess(text)) return done(tooMuch());
    return parseJson(request, text, (error, parsed) => done(error ? notJson() : null, parsed));
  });
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (request, body, done) => {
      const form = bodyFormOf(request);
      if (form === 'text') return done(null, body.toString());
      if (form === 'json') return done(wrongType());
      return answered(() => formFields(body.toString()), done);
    },
  );
  server.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
    if (bodyFormOf(request) === 'text') return done(null, body.toString());
    return done(wrongType());
  });
}

/**
 * The parameters of a form. Those without a value count as left out, and none may come twice (RFC 6749 section 3.2).
 * @throws GatehouseError VALIDATION_ERROR that names the parameter
 */
export function formFields(text: string): Readonly<Record<string, string>> {
  if (countOfParts(text) > mostParameters) throw tooMuch();
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (value === '' || unsafeNames.has(name)) continue;
    if (fields.has(name)) throw faulty(name, { es: 'aparece más de una vez', en: 'comes more than once' });
    fields.set(name, value);
  }
  return Object.fromEntries(fields);
}

function bodyFormOf(request: FastifyRequest): BodyForm {
  const config: object = request.routeOptions.config;
  const form: unknown = 'bodyForm' in config ? config.bodyForm : undefined;
  return form === 'form' || form === 'json-or-form' || form === 'text' ? form : 'json';
}

function answered(read: () => unknown, done: (error: Error | null, body?: unknown) => void): void {
  let body: unknown;
  try {
    body = read();
  } catch (error) {
    if (!(error instanceof GatehouseError)) throw error;
    return done(error);
  }
  return done(null, body);
}

/** A name may be anything that a stranger typed, so only one that looks like a name is repeated. */
function faulty(name: string, text: { readonly es: string; readonly en: string }): GatehouseError {
  const campo = /^[\w.-]{1,64}$/.test(name) ? name : 'body';
  return new GatehouseError('VALIDATION_ERROR', { fields: [{ campo, text }] });
}

/** Before anything is built of it. */
function countOfParts(text: string): number {
  let count = 1;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) count++;
  return count;
}

function tooMuch(): GatehouseError {
  const text = { es: 'tiene demasiados miembros o niveles', en: 'has too many members or levels' };
  return new GatehouseError('VALIDATION_ERROR', { fields: [{ campo: 'body', text }] });
}

function wrongType(): GatehouseError {
  return new GatehouseError('UNSUPPORTED_MEDIA_TYPE');
}

function notJson(): GatehouseError {
  return new GatehouseError('INVALID_JSON', { detail: 'the body could not be parsed' });
}
