import { createLogger } from '../../src/common/logger';
import { loadSettings } from '../../src/config/load-settings';
import { Upstream, type UpstreamOptions } from '../../src/strategies/external/upstream/upstream';
import {
  type UpstreamAnswer,
  type UpstreamCall,
  UpstreamFailure,
} from '../../src/strategies/external/upstream/upstream-call';

/** In every request of these tests, and nowhere else. */
export const canary = 'CANARY-c0ntraseña';

/** On top of a deadline, for a machine that is busy with other things. */
export const slackMs = 3000;

export const login: UpstreamCall = {
  operation: 'login',
  method: 'POST',
  path: '/api/AuthJWT/Login',
  headers: () => ({ 'content-type': 'application/json', authorization: 'Bearer CANARY-bearer' }),
  body: JSON.stringify({ usuario: 'maria', contrasenia: canary }),
  isRepeatable: false,
};

export const keys: UpstreamCall = {
  operation: 'jwks',
  method: 'GET',
  path: '/api/AuthJWT/GetJwks',
  headers: () => ({ authorization: 'Bearer CANARY-bearer' }),
  isRepeatable: true,
};

export const revoke: UpstreamCall = { ...login, operation: 'revoke', path: '/api/AuthJWT/Revoke' };

const closers: (() => Promise<unknown>)[] = [];

/** Is closed after the test, before what was registered earlier. */
export function closeLater(close: () => Promise<unknown>): void {
  closers.push(close);
}

export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

/** The transport as these variables configure it. Its log lines, of every level, go to `log`. */
export function transport(
  env: Readonly<Record<string, string>>,
  options: Pick<UpstreamOptions, 'hosts'> = {},
): { readonly upstream: Upstream; readonly log: string[] } {
  const log: string[] = [];
  const logger = createLogger('trace', { write: (line) => void log.push(line) });
  const { settings } = loadSettings(env);
  const upstream = new Upstream(settings, { logger, strategy: 'external', ...options });
  closeLater(() => upstream.close());
  return { upstream, log };
}

/** The failure of a call, after a look at whether it tells a secret. @throws Error when there is an answer. */
export async function failureOf(call: Promise<UpstreamAnswer>): Promise<UpstreamFailure> {
  const outcome: unknown = await call.catch((error: unknown) => error);
  if (!(outcome instanceof UpstreamFailure)) {
    throw new Error(`expected a failure, got ${String(outcome)} ${JSON.stringify(outcome)}`);
  }
  expectNoSecret(outcome);
  return outcome;
}

/** Nothing that was sent or received may be in it, nor in what caused it. */
export function expectNoSecret(failure: UpstreamFailure): void {
  expect(failure.cause).toBeUndefined();
  const own = Object.values(Object.getOwnPropertyDescriptors(failure)).map(({ value }) => String(value));
  for (const text of [failure.message, failure.stack, JSON.stringify(failure), ...own]) {
    expect(text).not.toContain('CANARY');
  }
}

export async function timed<T>(task: Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const startedMs = performance.now();
  const result = await task;
  return { result, ms: performance.now() - startedMs };
}
