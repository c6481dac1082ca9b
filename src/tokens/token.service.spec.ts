import { createSign, generateKeyPairSync, type KeyObject, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JwtService } from '@nestjs/jwt';
import { FakeClock } from '../../test/support/fake-clock';
import { GatehouseError } from '../common/gatehouse-error';
import { loadSettings } from '../config/load-settings';
import type { Settings } from '../config/settings';
import { loadSigningKey, type SigningKey } from './signing-key';
import { TokenService } from './token.service';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tokens-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { settings } = loadSettings({ DATA_DIR: folder, JWT_ISSUER: 'https://issuer', JWT_AUDIENCE: 'api' });
const clock = new FakeClock();
const key = loadSigningKey(settings);
const tokens = serviceWith(key);
const request = {
  identity: { subject: 'file:1', username: 'alice', groups: [], roles: [], attributes: {}, strategy: 'file' },
  sessionId: 'session-1',
  authenticatedAtSeconds: clock.nowSeconds(),
  identityIsStale: false,
  sessionEndsAtSeconds: clock.nowSeconds() + 100_000,
};
const good = tokens.issueAccessToken(request).token;
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good.split('.');

function serviceWith(signingKey: SigningKey, more: Partial<Settings> = {}): TokenService {
  const jwt = new JwtService({ privateKey: signingKey.signWith, publicKey: signingKey.verifyWith });
  return new TokenService(jwt, signingKey, clock, { ...settings, ...more });
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Signs any header over any payload, as an attacker with a key, or we with ours, could. */
function signed(header: object, payload: string, signWith: KeyObject = key.signWith): string {
  const input = `${part(header)}.${payload}`;
  const signature = createSign('sha256').update(input).sign({ key: signWith, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function payloadWith(changes: object): string {
  const claims: unknown = JSON.parse(Buffer.from(goodPayload, 'base64url').toString());
  return part(Object.assign({}, claims, changes));
}

function refusalOf(service: TokenService, token: string): string {
  try {
    service.verifyAccessToken(token);
  } catch (error) {
    if (error instanceof GatehouseError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('verifyAccessToken', () => {
  const header = { alg: 'ES256', typ: 'at+jwt' };

  it('takes its own tokens', () => {
    expect(tokens.verifyAccessToken(good)).toMatchObject({
      sub: 'file:1',
      sid: 'session-1',
      client_id: 'gatehouse',
    });
    expect(
      tokens.verifyAccessToken(signed({ alg: 'ES256', typ: 'application/AT+JWT' }, goodPayload)).sub,
    ).toBe('file:1');
  });

  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const publicPem = key.verifyWith.export({ type: 'spki', format: 'pem' });
  const hmacInput = `${part({ alg: 'HS256', typ: 'at+jwt' })}.${goodPayload}`;
  it.each([
    ['no text', ''],
    ['two parts', `${goodHeader}.${goodPayload}`],
    ['alg none', `${part({ alg: 'none', typ: 'at+jwt' })}.${goodPayload}.`],
    [
      'the public key as an HMAC secret',
      `${hmacInput}.${createHmac('sha256', publicPem).update(hmacInput).digest('base64url')}`,
    ],
    ['a stranger’s key', signed(header, goodPayload, stranger)],
    ['changed claims', `${goodHeader}.${payloadWith({ sub: 'file:2' })}.${goodSignature}`],
    ['another type', signed({ alg: 'ES256', typ: 'JWT' }, goodPayload)],
    ['no type', signed({ alg: 'ES256' }, goodPayload)],
    ['a critical extension', signed({ ...header, crit: ['exp'] }, goodPayload)],
    ['another issuer', signed(header, payloadWith({ iss: 'https://other' }))],
    ['another audience', signed(header, payloadWith({ aud: 'other' }))],
    ['no session', signed(header, payloadWith({ sid: undefined }))],
    ['a future nbf', signed(header, payloadWith({ nbf: clock.nowSeconds() + 60 }))],
    ['a megabyte', `${goodHeader}.${'A'.repeat(1_000_000)}.${goodSignature}`],
  ])('refuses %s', (_case, token) => {
    expect(refusalOf(tokens, token)).toBe('INVALID_TOKEN');
  });

  it('tells an expired token from a forged one, by the injected clock', () => {
    const later = new FakeClock(clock.nowMs() + 900_000);
    const jwt = new JwtService({ privateKey: key.signWith, publicKey: key.verifyWith });
    const lateService = new TokenService(jwt, key, later, settings);
    expect(refusalOf(lateService, good)).toBe('TOKEN_EXPIRED');
    const forged = signed(header, goodPayload, stranger);
    expect(refusalOf(lateService, forged)).toBe('INVALID_TOKEN');
  });

  it('lets no token outlive its session', () => {
    const soon = clock.nowSeconds() + 5;
    const { token, expiresInSeconds } = tokens.issueAccessToken({ ...request, sessionEndsAtSeconds: soon });
    expect(expiresInSeconds).toBe(5);
    expect(tokens.verifyAccessToken(token).exp).toBe(soon);
  });

  it('marks a stale identity', () => {
    const { token } = tokens.issueAccessToken({ ...request, identityIsStale: true });
    expect(tokens.verifyAccessToken(token).identity_stale).toBe(true);
    expect(tokens.verifyAccessToken(good)).not.toHaveProperty('identity_stale');
  });
});

describe('loadSigningKey', () => {
  it('finds the same key again', () => {
    expect(loadSigningKey(settings).keyId).toBe(key.keyId);
  });

  it('refuses a file that is no such key, without quoting it', () => {
    const other = mkdtempSync(join(tmpdir(), 'gatehouse-tokens-'));
    writeFileSync(join(other, 'signing-key.pem'), 'canary');
    expect(() => loadSigningKey({ ...settings, DATA_DIR: other })).toThrow(
      /signing-key\.pem holds no P-256 private key/,
    );
    expect(() => loadSigningKey({ ...settings, DATA_DIR: other })).not.toThrow(/canary/);
    rmSync(other, { recursive: true });
  });
});

describe('the published keys', () => {
  it('are none of ours where the source signs', () => {
    expect(tokens.publicKeys()).toHaveLength(1);
    expect(
      serviceWith(key, { STRATEGIES: ['external'], EXTERNAL_AUTH_MODE: 'sign' }).publicKeys(),
    ).toHaveLength(1);
    expect(serviceWith(key, { STRATEGIES: ['external'], EXTERNAL_AUTH_MODE: 'relay' }).publicKeys()).toEqual(
      [],
    );
  });
});
