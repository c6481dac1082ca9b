import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCertificates } from '../../../test/servers/certificates';
import { freePort } from '../../../test/servers/process';
import {
  type Behaviour,
  startUpstream,
  type Upstream,
  type UpstreamOptions,
} from '../../../test/servers/upstream';
import { createLogger } from '../../common/logger';
import { loadSettings } from '../../config/load-settings';
import { type Credentials, StrategyUnavailable, type Verdict } from '../credential-strategy';
import { ExternalStrategy } from './external.strategy';

const right: Credentials = { username: 'maria', password: 'contraseña de maría' };
const context = { requestId: 'request-1', address: '192.0.2.1' };
/** On top of a deadline, for a machine that is busy with other things. */
const slackMs = 1500;

interface Bench {
  readonly upstream: Upstream;
  readonly strategy: ExternalStrategy;
}

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

function makeStrategy(env: Record<string, string>): ExternalStrategy {
  const { settings } = loadSettings(env);
  return new ExternalStrategy({ name: 'external', settings, logger: createLogger('silent') });
}

async function bench(env: Record<string, string> = {}, options: UpstreamOptions = {}): Promise<Bench> {
  const upstream = await startUpstream(options);
  open.push(() => upstream.stop());
  const strategy = makeStrategy({ EXTERNAL_AUTH_URL: upstream.url, ...env });
  open.push(() => strategy.close());
  return { upstream, strategy };
}

async function failureOf(attempt: Promise<Verdict>): Promise<StrategyUnavailable> {
  const outcome = await attempt.then(
    (verdict) => verdict,
    (error: unknown) => error,
  );
  if (outcome instanceof StrategyUnavailable) return outcome;
  throw new Error(`expected an outage, got ${JSON.stringify(outcome)}`);
}

describe('the time that the external strategy takes', () => {
  const deadlineMs = 300;
  const env = { EXTERNAL_AUTH_TIMEOUT_MS: String(deadlineMs) };

  async function timed<T>(task: Promise<T>): Promise<{ result: T; ms: number }> {
    const startedMs = performance.now();
    const result = await task;
    return { result, ms: performance.now() - startedMs };
  }

  it.each<[string, Behaviour]>([
    ['no answer', { kind: 'never' }],
    ['slow headers', { kind: 'answer', status: 200, body: '{}', delayMs: 60_000 }],
    ['a body that stops', { kind: 'half-body', status: 200, body: '{' }],
    ['a body that drips for ever', { kind: 'drip', everyMs: 20 }],
  ])('is bounded with %s', async (_case, behaviour) => {
    const { upstream, strategy } = await bench(env);
    upstream.behave(behaviour);
    const { result, ms } = await timed(failureOf(strategy.authenticate(right, context)));
    expect(result.message).toContain('EXTERNAL_AUTH_TIMEOUT_MS');
    expect(ms).toBeGreaterThan(deadlineMs - 20);
    expect(ms).toBeLessThan(deadlineMs + slackMs);
    expect(upstream.requests).toHaveLength(1);
  });

  it('is bounded for a refusal whose body stops', async () => {
    const { upstream, strategy } = await bench(env);
    upstream.behave({ kind: 'half-body', status: 401, body: '{' });
    const { result, ms } = await timed(strategy.authenticate(right, context));
    expect(result).toEqual({ accepted: false, reason: 'invalid_credentials' });
    expect(ms).toBeLessThan(deadlineMs + slackMs);
  });

  it('is bounded while waiting for a turn, and nothing is sent too late', async () => {
    const { upstream, strategy } = await bench({ ...env, EXTERNAL_AUTH_MAX_CONNECTIONS: '1' });
    upstream.behave({ kind: 'never' });
    const attempts = Array.from({ length: 4 }, () => failureOf(strategy.authenticate(right, context)));
    const { ms } = await timed(Promise.all(attempts));
    expect(ms).toBeLessThan(deadlineMs + slackMs);
    // The next in line may still have a millisecond left when its turn comes.
    expect(upstream.requests.length).toBeLessThan(attempts.length);
  });

  it('is none when too many wait already', async () => {
    const { upstream, strategy } = await bench({
      ...env,
      EXTERNAL_AUTH_MAX_CONNECTIONS: '1',
      EXTERNAL_AUTH_MAX_QUEUE: '1',
    });
    upstream.behave({ kind: 'never' });
    const waiting = [1, 2].map(() => failureOf(strategy.authenticate(right, context)));
    const { result, ms } = await timed(failureOf(strategy.authenticate(right, context)));
    expect(result.message).toContain('too many logins wait');
    expect(ms).toBeLessThan(deadlineMs);
    await Promise.all(waiting);
  });

  it('is short when nobody listens, and the next login works once somebody does', async () => {
    const { upstream, strategy } = await bench();
    await upstream.stop();
    const { result, ms } = await timed(failureOf(strategy.authenticate(right, context)));
    expect(result.message).toContain('ECONNREFUSED');
    expect(ms).toBeLessThan(slackMs);
    await upstream.start();
    expect(await strategy.authenticate(right, context)).toMatchObject({ accepted: true });
  });

  it('is bounded by the connect timeout where a handshake never ends', async () => {
    const silent = silentServer();
    const port = await freePort();
    await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));
    const strategy = makeStrategy({
      EXTERNAL_AUTH_URL: `https://127.0.0.1:${port}`,
      EXTERNAL_AUTH_CONNECT_TIMEOUT_MS: '200',
    });
    open.push(
      () => strategy.close(),
      () => new Promise((resolve) => silent.close(() => resolve())),
    );
    const { result, ms } = await timed(failureOf(strategy.authenticate(right, context)));
    expect(result.message).toContain('EXTERNAL_AUTH_CONNECT_TIMEOUT_MS');
    expect(ms).toBeLessThan(200 + slackMs);
  });
});

/** Takes connections and says nothing, not even a TLS greeting. */
function silentServer(): Server {
  return createServer((socket) => {
    socket.on('error', () => undefined);
    socket.resume();
  });
}

describe('TLS to the external service', () => {
  async function tlsBench(env: Record<string, string>): Promise<Bench> {
    const { certFile, keyFile } = await testCertificates();
    const tls = { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
    return bench(env, { tls });
  }

  it('trusts the authority in EXTERNAL_AUTH_TLS_CA_FILE', async () => {
    const { caFile } = await testCertificates();
    const { strategy } = await tlsBench({ EXTERNAL_AUTH_TLS_CA_FILE: caFile });
    expect(await strategy.authenticate(right, context)).toMatchObject({ accepted: true });
  });

  it('sends nothing to a service that the authority has not signed', async () => {
    const { strangerCaFile } = await testCertificates();
    const environments: Record<string, string>[] = [{}, { EXTERNAL_AUTH_TLS_CA_FILE: strangerCaFile }];
    for (const env of environments) {
      const { upstream, strategy } = await tlsBench(env);
      const failure = await failureOf(strategy.authenticate(right, context));
      expect(failure.message).toMatch(/UNABLE_TO|SELF_SIGNED|CERT/);
      expect(upstream.requests).toHaveLength(0);
    }
  });
});

describe('an external strategy that cannot be made', () => {
  const url = { EXTERNAL_AUTH_URL: 'https://auth.example.org' };
  const notPem = join(mkdtempSync(join(tmpdir(), 'gatehouse-external-')), 'ca.pem');
  writeFileSync(notPem, 'nothing');

  it.each<[string, Record<string, string>]>([
    ['EXTERNAL_AUTH_URL', {}],
    ['EXTERNAL_AUTH_TLS_CA_FILE', { ...url, EXTERNAL_AUTH_TLS_CA_FILE: `${notPem}.missing` }],
    ['EXTERNAL_AUTH_TLS_CA_FILE', { ...url, EXTERNAL_AUTH_TLS_CA_FILE: notPem }],
    ['EXTERNAL_AUTH_SUBJECT', { ...url, EXTERNAL_AUTH_SUBJECT: 'data.id' }],
    ['EXTERNAL_AUTH_ROLES', { ...url, EXTERNAL_AUTH_ROLES: '/a~2' }],
  ])('names %s', (name, env) => {
    expect(() => makeStrategy(env)).toThrow(name);
  });
});
