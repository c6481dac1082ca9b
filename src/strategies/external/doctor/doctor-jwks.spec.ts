import { FakeClock } from '../../../../test/support/fake-clock';
import { loadSettings } from '../../../config/load-settings';
import { type Finding, StepFault } from '../../doctor-step';
import { Requests } from '../requests';
import { type Caller, UpstreamFailure } from '../upstream/upstream-call';
import { examineKeys, keysNotNeeded } from './doctor-jwks';

const relay = {
  STRATEGIES: 'external',
  EXTERNAL_AUTH_MODE: 'relay',
  JWT_ISSUER: 'https://auth.example.org',
  JWT_AUDIENCE: 'app',
};

function examine(caller: Caller['call'], env: Record<string, string> = relay): Promise<Finding> {
  const { settings } = loadSettings({ EXTERNAL_AUTH_URL: 'https://auth.example.org', ...env });
  return examineKeys({ caller: { call: caller }, settings }, new Requests(settings, new FakeClock()));
}

/** 2048 bits. */
const n = Buffer.alloc(256, 0xff).toString('base64url');

const answering =
  (body: string, status = 200): Caller['call'] =>
  () =>
    Promise.resolve({ status, setCookies: [], body: Buffer.from(body) });

const publishing = (...keys: unknown[]): Caller['call'] => answering(JSON.stringify({ keys }));

async function failureOf(caller: Caller['call']): Promise<StepFault> {
  const outcome: unknown = await examine(caller).catch((error: unknown) => error);
  if (outcome instanceof StepFault) return outcome;
  throw new Error(`no fault but ${JSON.stringify(outcome)}`);
}

describe('the keys of the service', () => {
  it.each([
    ['RS256', { kid: 'a', kty: 'RSA', n }, 'a (RSA)'],
    ['PS512', { kid: 'a', kty: 'RSA', n }, 'a (RSA)'],
    ['ES256', { kid: 'a', kty: 'EC', crv: 'P-256', alg: 'ES256' }, 'a (EC P-256 ES256)'],
    ['ES384', { kid: 'a', kty: 'EC', crv: 'P-384' }, 'a (EC P-384)'],
    ['EdDSA', { kid: 'a', kty: 'OKP', crv: 'Ed25519' }, 'a (OKP Ed25519)'],
  ])('fit %s', async (algorithm, key, words) => {
    const finding = await examine(publishing(key), { ...relay, EXTERNAL_AUTH_JWT_ALGORITHMS: algorithm });
    expect(finding.status).toBe('ok');
    expect(finding.detail).toBe(`1 key: ${words}; 1 of them for EXTERNAL_AUTH_JWT_ALGORITHMS (${algorithm})`);
  });

  it.each<[string, unknown[], string]>([
    ['none at all', [], '0 keys; none fits'],
    ['an encryption key', [{ kid: 'a', kty: 'RSA', use: 'enc' }], 'a (RSA to encrypt); none fits'],
    ['another algorithm', [{ kid: 'a', kty: 'RSA', alg: 'RS512' }], 'none fits'],
    [
      'an algorithm that its type cannot do',
      [{ kid: 'a', kty: 'EC', crv: 'P-256', alg: 'RS256' }],
      'none fits',
    ],
    ['a shared key', [{ kid: 'a', kty: 'oct' }], 'none fits'],
    ['what are no keys', [null, 'RSA', 7], '0 keys; none fits'],
  ])('do not fit: %s', async (_case, keys, words) => {
    const failure = await failureOf(publishing(...keys));
    expect(failure.setting).toBe('EXTERNAL_AUTH_JWT_ALGORITHMS');
    expect(failure.message).toContain(words);
    const finding = await examine(publishing(...keys), {});
    expect(finding).toMatchObject({ status: 'warn', setting: 'EXTERNAL_AUTH_JWT_ALGORITHMS' });
  });

  it('want a kid', async () => {
    const finding = await examine(publishing({ kty: 'RSA', n }));
    expect(finding).toMatchObject({ status: 'warn', setting: 'EXTERNAL_AUTH_JWKS_PATH' });
    expect(finding.detail).toContain('without kid (RSA); none that fits has a kid');
  });

  it.each([
    undefined,
    '',
    'AAAA',
    Buffer.alloc(128, 0xff).toString('base64url'),
    `${'A'.repeat(200)}${'_'.repeat(200)}`,
  ])('must be long enough for RSA', async (short) => {
    const failure = await failureOf(publishing({ kid: 'a', kty: 'RSA', n: short }));
    expect(failure).toMatchObject({ setting: 'EXTERNAL_AUTH_JWKS_PATH' });
    expect(failure.message).toContain('2048 bits');
  });

  it('may be closed to this caller', async () => {
    const failure = await failureOf(answering('', 401));
    expect(failure.message).toContain('EXTERNAL_AUTH_HMAC_SECRET');
  });

  it('say what it means for logins in sign mode', async () => {
    expect((await examine(answering('', 404), {})).detail).toContain('every login will get 503');
  });

  it.each([
    [{ EXTERNAL_AUTH_CLAIMS: 'trusted' }, 'EXTERNAL_AUTH_CLAIMS=trusted'],
    [
      Object.fromEntries(
        ['SUBJECT', 'USERNAME', 'DISPLAY_NAME', 'GIVEN_NAME', 'FAMILY_NAME', 'EMAIL', 'ROLES'].map(
          (what): [string, string] => [`EXTERNAL_AUTH_${what}`, `/data/${what}`],
        ),
      ),
      'nothing is taken from claims',
    ],
    [relay, undefined],
    [{}, undefined],
  ])('need not be read with %j', (env: Record<string, string>, words) => {
    const { settings } = loadSettings(
      env.STRATEGIES ? { ...env, EXTERNAL_AUTH_URL: 'https://a.example' } : env,
    );
    const reason = keysNotNeeded(settings);
    if (words === undefined) expect(reason).toBeUndefined();
    else expect(reason).toContain(words);
  });

  it('are shown in bounds', async () => {
    const keys = Array.from({ length: 50 }, (_, index) => ({
      kid: `${index}-`.padEnd(500, 'x'),
      kty: 'RSA',
      n,
    }));
    const { detail } = await examine(publishing(...keys));
    expect(detail).toMatch(/^50 keys: 0-x+ .* and 45 more; 50 of them/);
    expect(detail.length).toBeLessThan(400);
  });

  it.each([
    ['no JSON', answering('canary'), 'the answer is no JWKS (it came without a Content-Type)'],
    ['no list', answering('{"keys":{"kid":"canary"}}'), 'the answer is no JWKS'],
    ['a status', answering('canary', 503), 'it answered with status 503'],
    [
      'no answer',
      () => Promise.reject(new UpstreamFailure('https://auth.example.org: too slow')),
      'too slow',
    ],
  ])('cannot be read: %s', async (_case, caller, words) => {
    const failure = await failureOf(caller);
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain('canary');
    expect(await examine(caller, {})).toMatchObject({ status: 'warn' });
  });
});
