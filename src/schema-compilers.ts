import { createRequire } from 'node:module';
import type { FastifyServerOptions } from 'fastify';

type Compilers = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;
/** The one of JSON Schema; there is another one for JSON Type Definition (RFC 8927). */
type BuildValidator = Extract<
  NonNullable<Compilers['buildValidator']>,
  (schemas: never, options?: FastifyServerOptions['ajv']) => unknown
>;
type BuildSerializer = NonNullable<Compilers['buildSerializer']>;

interface LoadCompiler {
  (name: '@fastify/ajv-compiler'): () => BuildValidator;
  (name: '@fastify/fast-json-stringify-compiler'): () => BuildSerializer;
}

/** They are Fastify's own packages, so they are looked for from there. */
const loadOfFastify: LoadCompiler = createRequire(createRequire(__filename).resolve('fastify'));

const buildValidator: BuildValidator = (schemas, options) =>
  loadOfFastify('@fastify/ajv-compiler')()(schemas, options);
const buildSerializer: BuildSerializer = (schemas, options) =>
  loadOfFastify('@fastify/fast-json-stringify-compiler')()(schemas, options);

/**
 * Fastify's own compilers of JSON schemas, loaded with the first route that has one instead of at every start. No route of the gateway
 * has any; those of an application that embeds it may. Fastify takes them for foreign ones, to which it leaves the names of headers in a
 * schema as they are written: these must be in lower case.
 */
export const schemaCompilers: Compilers = { buildValidator, buildSerializer };
