import type { OddCertificate } from './servers/certificates';
import { freePort } from './servers/process';
import { RawServer } from './servers/raw-server';
import type { FixedAnswer } from './servers/service-front';
import {
  DoctorCli,
  failed,
  type Outcome,
  type Report,
  type Step,
  stepOf,
  type Variables,
} from './support/doctor-cli';
import { json, jwksPath, publicKey, ServiceBench } from './support/doctored-service';

const canary = 'canary-secret-of-the-gateway';
const loginPath = '/api/AuthJWT/Login';
const cli = new DoctorCli();
const bench = new ServiceBench();

let silent: RawServer;

beforeAll(async () => {
  await bench.start();
  silent = await RawServer.start(() => undefined);
});
afterEach(() => bench.stopServices());
afterAll(async () => {
  await silent?.stop();
  await bench.stop();
  cli.remove();
});

const service = bench.service.bind(bench);

const relay = { EXTERNAL_AUTH_MODE: 'relay', JWT_ISSUER: 'https://auth.example.org', JWT_AUDIENCE: 'app' };

function statusesOf({ steps }: Report): Readonly<Record<string, string>> {
  return Object.fromEntries(steps.map(({ step, status }) => [step, status]));
}

/** Its JSON form, in which no secret may be. */
async function report(env: Variables, ...args: readonly string[]): Promise<Report & Outcome> {
  const secrets = {
    EXTERNAL_AUTH_BEARER_TOKEN: `${canary}-bearer`,
    EXTERNAL_AUTH_HMAC_SECRET: `${canary}-hmac-key-0123456789`,
  };
  const found = await cli.report({ ...secrets, ...env }, ...args);
  expect(found.stdout + found.stderr).not.toContain('canary');
  return found;
}

describe('a good service', () => {
  it('passes every step over TLS, and sees one made-up login', async () => {
    const requestsBefore = bench.upstream.requests.length;
    const env = { ...(await service({}, 'good')), EXTERNAL_AUTH_EXTRA_BODY: '{"apiKey":"canary"}' };
    const found = await report(env);
    expect(failed(found)).toEqual([]);
    expect(found.status).toBe(0);
    expect(found.steps.map(({ step, status }) => `${step} ${status}`)).toEqual([
      ...['settings ok', 'dns ok', 'tcp ok', 'tls ok', 'login ok', 'jwks ok', 'profile skipped'],
      ...['token-size skipped', 'shadow skipped'],
    ]);
    expect(stepOf(found, 'settings')?.detail).toBe(
      'mode sign, 1 address, logins to /api/AuthJWT/Login as JSON with usuario, contrasenia, apiKey, a bearer token, ' +
        'a signature in X-Signature',
    );
    expect(stepOf(found, 'tls')?.detail).toMatch(
      /^TLSv1\.3; CN=localhost <- CN=Gatehouse test ca.*days left/,
    );
    expect(stepOf(found, 'jwks')?.detail).toMatch(
      /^1 key: key-2026 \(RSA RS256\); 1 of them for .*\(RS256\)$/,
    );
    const [sent, ...more] = bench.upstream.requests.slice(requestsBefore);
    expect(more).toEqual([]);
    expect(sent?.body).toMatch(/"usuario":"gatehouse-doctor-[0-9a-f]{12}"/);
    for (const [, text] of Object.entries(parsedObject(sent?.body ?? ''))) {
      if (!String(text).startsWith('gatehouse-doctor-')) expect(found.stdout).not.toContain(String(text));
    }
  });

  it('refuses a made-up name by 401', async () => {
    const found = await report(await service());
    expect(stepOf(found, 'login')).toMatchObject({
      status: 'ok',
      detail:
        'a made-up name and password are refused (401); it may answer so to a wrong EXTERNAL_AUTH_BEARER_TOKEN or ' +
        'EXTERNAL_AUTH_HMAC_SECRET as well',
    });
    expect(stepOf(found, 'tls')).toMatchObject({ status: 'skipped' });
  });

  it('may demand a client certificate', async () => {
    const { certFile, keyFile } = bench.certificates.pair('client');
    const own = { EXTERNAL_AUTH_TLS_CERT_FILE: certFile, EXTERNAL_AUTH_TLS_KEY_FILE: keyFile };
    const found = await report({ ...(await service({}, 'good', true)), ...own });
    expect(failed(found)).toEqual([]);
    expect(stepOf(found, 'settings')?.detail).toMatch(/, a client certificate$/);
  });

  it('is shown line by line', async () => {
    const outcome = await cli.run(await service());
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/^external\n {2}ok {6}settings +\d+ ms {2}mode sign, 1 address/);
    expect(outcome.stdout).toMatch(
      /\n {2}skipped tls .*used without TLS: passwords cross the network readable\n/,
    );
  });

  it('passes with an address that is down, and says which', async () => {
    const { EXTERNAL_AUTH_URL: good, ...env } = await service();
    const found = await report({ ...env, EXTERNAL_AUTH_URL: `http://127.0.0.1:${await freePort()},${good}` });
    expect(failed(found)).toMatchObject([{ step: 'tcp', setting: 'EXTERNAL_AUTH_URL' }]);
    expect(stepOf(found, 'login')).toMatchObject({ status: 'ok' });
  });
});

type Case = [name: string, env: () => Promise<Variables>, expected: Partial<Step>, detail: RegExp];

describe('a bad set-up is named, with the setting to change', () => {
  const overTls =
    (certificate: OddCertificate, more: Variables = {}) =>
    async () => ({
      ...(await service({}, certificate)),
      ...more,
    });
  const answering =
    (answer: FixedAnswer, more: Variables = {}) =>
    async () => ({
      ...(await service({ [loginPath]: answer })),
      ...more,
    });
  const html = { status: 200, body: '<html>canary</html>', headers: { 'content-type': 'text/html' } };

  it.each<Case>([
    [
      'a wrong host name',
      async () => ({ ...(await service()), EXTERNAL_AUTH_URL: 'https://auth.invalid' }),
      { step: 'dns' },
      /^https:\/\/auth\.invalid: (its host name is unknown|the name server did not answer).*EXTERNAL_AUTH_/,
    ],
    [
      'a closed port',
      async () => ({ ...(await service()), EXTERNAL_AUTH_URL: `https://127.0.0.1:${await freePort()}` }),
      { step: 'tcp', setting: 'EXTERNAL_AUTH_URL' },
      /nothing listens there \(ECONNREFUSED\)/,
    ],
    [
      'an unknown authority',
      () => overTls('good', { EXTERNAL_AUTH_TLS_CA_FILE: bench.certificates.strangerCaFile })(),
      { step: 'tls', setting: 'EXTERNAL_AUTH_TLS_CA_FILE' },
      /its authority is unknown: CN=localhost <- CN=Gatehouse test ca.*does not hold that authority/,
    ],
    [
      'a private authority without its file',
      overTls('good', { EXTERNAL_AUTH_TLS_CA_FILE: undefined }),
      { step: 'tls', setting: 'EXTERNAL_AUTH_TLS_CA_FILE' },
      /set EXTERNAL_AUTH_TLS_CA_FILE to the certificate of its authority/,
    ],
    [
      'an expired certificate',
      overTls('expired'),
      { step: 'tls' },
      /CN=expired expired on Jan {2}1 .*2021 GMT.*renew/,
    ],
    [
      'a certificate of another host',
      overTls('other-host'),
      { step: 'tls', setting: 'EXTERNAL_AUTH_URL' },
      /asked for 127\.0\.0\.1, it holds other\.example\.net, third/,
    ],
    [
      'a client certificate that is missing',
      () => service({}, 'good', true),
      { step: 'tls', setting: 'EXTERNAL_AUTH_TLS_CERT_FILE' },
      /^https:\/\/127\.0\.0\.1:\d+: it demands a client certificate that it trusts \(ERR_SSL_/,
    ],
    [
      'a port without TLS',
      async () => {
        const env = await service();
        return { ...env, EXTERNAL_AUTH_URL: env.EXTERNAL_AUTH_URL?.replace('http:', 'https:') };
      },
      { step: 'tls', setting: 'EXTERNAL_AUTH_URL' },
      /does not speak TLS on that port/,
    ],
    [
      'a port that says nothing to a TLS greeting',
      async () => ({
        ...(await service()),
        EXTERNAL_AUTH_URL: `https://127.0.0.1:${silent.port}`,
        EXTERNAL_AUTH_CONNECT_TIMEOUT_MS: '1500',
      }),
      { step: 'tls', setting: 'EXTERNAL_AUTH_CONNECT_TIMEOUT_MS' },
      /the TLS handshake was not done within 1500 ms \(EXTERNAL_AUTH_CONNECT_TIMEOUT_MS\)$/,
    ],
    [
      'a file that is not there',
      overTls('good', { EXTERNAL_AUTH_TLS_CA_FILE: '/nowhere/ca.pem' }),
      { step: 'settings', setting: 'EXTERNAL_AUTH_TLS_CA_FILE' },
      /cannot be read \(ENOENT\)/,
    ],
    [
      'a service that accepts everybody',
      answering(json(200, { success: true, data: { access_token: 'canary' } })),
      { step: 'login', setting: 'EXTERNAL_AUTH_SUCCESS' },
      /it accepts anybody: a made-up name and password got 200/,
    ],
    ['an HTML page', answering(html), { step: 'login' }, /not.* JSON.*\(it came as text\/html\)/],
    [
      'a redirect',
      answering({ status: 301, headers: { location: 'https://canary.example.org/' } }),
      { step: 'login', setting: 'EXTERNAL_AUTH_URL' },
      /redirect \(301\)/,
    ],
    [
      'a path that takes no POST',
      answering(json(405, {})),
      { step: 'login', setting: 'EXTERNAL_AUTH_LOGIN_PATH' },
      /405: this path takes no POST/,
    ],
    [
      'a service that is broken',
      answering(json(500, {})),
      { step: 'login', setting: 'EXTERNAL_AUTH_URL' },
      /status 500: its own log/,
    ],
    [
      'keys that are missing, in relay mode',
      async () => ({ ...(await service({ [jwksPath]: json(404, {}) })), ...relay }),
      { step: 'jwks', setting: 'EXTERNAL_AUTH_JWKS_PATH' },
      /^its keys: it answered with status 404$/,
    ],
    [
      'keys for other signatures, in relay mode',
      async () => ({ ...(await service()), ...relay, EXTERNAL_AUTH_JWT_ALGORITHMS: 'ES256' }),
      { step: 'jwks', setting: 'EXTERNAL_AUTH_JWT_ALGORITHMS' },
      /key-2026 \(RSA RS256\); none fits EXTERNAL_AUTH_JWT_ALGORITHMS \(ES256\)/,
    ],
    [
      'a private key that is published',
      () => service({ [jwksPath]: json(200, { keys: [publicKey('k', { d: 'canary' })] }) }),
      { step: 'jwks', setting: 'EXTERNAL_AUTH_JWKS_PATH' },
      /it publishes a private key/,
    ],
  ])('%s', async (_case, env, expected, detail) => {
    const found = await report(await env());
    expect(found.status).toBe(1);
    const [step, ...others] = failed(found);
    expect(others).toEqual([]);
    expect(step).toMatchObject(expected);
    expect(step?.detail).toMatch(detail);
  });

  it.each<[string, () => Promise<Variables>, Partial<Step>, RegExp]>([
    [
      'a wrong path',
      async () => ({ ...(await service()), EXTERNAL_AUTH_LOGIN_PATH: '/api/Login' }),
      { step: 'login', setting: 'EXTERNAL_AUTH_LOGIN_PATH' },
      /\(404\), but 404 is also the answer to a wrong path/,
    ],
    [
      'fields that are missing',
      answering(json(400, {})),
      { step: 'login', setting: 'EXTERNAL_AUTH_EXTRA_BODY' },
      /\(400\), but 400 may also mean that it wants other fields/,
    ],
    ['a service that is tired', answering(json(429, {})), { step: 'login' }, /too many requests \(429\)/],
    [
      'keys that are missing, in sign mode',
      () =>
        service({ [jwksPath]: { status: 200, body: 'canary', headers: { 'content-type': 'text/plain' } } }),
      { step: 'jwks', setting: 'EXTERNAL_AUTH_JWKS_PATH' },
      /no JWKS \(it came as text\/plain\); .*every login will get 503/,
    ],
  ])('%s is a warning', async (_case, env, expected, detail) => {
    const found = await report(await env());
    expect(failed(found)).toEqual([]);
    const [step, ...others] = found.steps.filter(({ status }) => status === 'warn');
    expect(others).toEqual([]);
    expect(step).toMatchObject(expected);
    expect(step?.detail).toMatch(detail);
  });

  it('and the steps after it are skipped', async () => {
    const found = await report({ ...(await service()), EXTERNAL_AUTH_URL: 'https://auth.invalid' });
    const { settings, dns, ...later } = statusesOf(found);
    expect({ settings, dns }).toEqual({ settings: 'ok', dns: 'fail' });
    expect(new Set(Object.values(later))).toEqual(new Set(['skipped']));
  });

  it('on a terminal that obeys no server', async () => {
    const keys = [publicKey(`\u001b[31m${'x'.repeat(100)}`)];
    const outcome = await cli.run(await service({ [jwksPath]: json(200, { keys }) }));
    expect(outcome.stdout).not.toContain('\u001b');
    expect(outcome.stdout).toMatch(/\uFFFD\[31mx{35} \(RSA/);
    const text = await cli.run({ ...(await service()), EXTERNAL_AUTH_URL: 'https://auth.invalid' });
    expect(text.stdout).toMatch(/to change: EXTERNAL_AUTH_(URL|CONNECT_TIMEOUT_MS)/);
  });
});

function parsedObject(text: string): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
}
