import { createSign, generateKeyPairSync, type KeyObject, createHmac } from 'node:crypto';
import { FakeClock } from '../../test/support/fake-clock';
import { GatehouseError } from '../common/gatehouse-error';
import { loadSettings } from '../config/load-settings';
import type { Settings } from '../config/settings';
import { firstRing } from './key-ring';
import { keyPairOf, thumbprint } from './signing-algorithms';
import { type SigningKey, signingKey } from './signing-key';
import { NoKeys, SigningKeys } from './signing-keys';
import { TokenService, UnknownSigningKey } from './token.service';

const { settings } = loadSettings({ JWT_ISSUER: 'https://issuer', JWT_AUDIENCE: 'api' });
const clock = new FakeClock();

/** One key that is there from the start; a second one is found only by looking for it. */
class TwoKeys extends SigningKeys {
  found = false;

  constructor(
    private readonly first: SigningKey,
    private readonly second?: SigningKey,
  ) {
    super();
  }

  override current(): SigningKey {
    return this.first;
  }

  override find(keyId: string | undefined): SigningKey | undefined {
    const known = [this.first, ...(this.found && this.second ? [this.second] : [])];
    return known.find((one) => one.keyId === keyId);
  }

  override published() {
    return this.first.publicJwk ? [this.first.publicJwk] : [];
  }

  override refresh(): Promise<void> {
    return Promise.resolve();
  }

  override lookFor(): Promise<void> {
    this.found = true;
    return Promise.resolve();
  }
}

function newKey(): SigningKey {
  const policy = { algorithm: 'ES256', maxAgeMs: 1, leadMs: 1, leastLeadMs: 1, tokenLifeMs: 1 } as const;
  const pair = keyPairOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'ES256');
  return signingKey(firstRing(pair, { nowMs: 0, policy }).current);
}

const key = newKey();
const tokens = serviceWith(new TwoKeys(key));
const request = {
  identity: { subject: 'file:1', username: 'alice', groups: [], roles: [], attributes: {}, strategy: 'file' },
  sessionId: 'session-1',
  authenticatedAtSeconds: clock.nowSeconds(),
  identityIsStale: false,
  sessionEndsAtSeconds: clock.nowSeconds() + 100_000,
};
const good = tokens.issueAccessToken(request).token;
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good.split('.');

function serviceWith(keys: SigningKeys, more: Partial<Settings> = {}): TokenService {
  return new TokenService(keys, clock, { ...settings, ...more });
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
  const header = { alg: 'ES256', typ: 'at+jwt', kid: key.keyId };

  it('takes its own tokens', () => {
    expect(tokens.verifyAccessToken(good)).toMatchObject({
      sub: 'file:1',
      sid: 'session-1',
      client_id: 'gatehouse',
    });
    expect(tokens.verifyAccessToken(signed({ ...header, typ: 'application/AT+JWT' }, goodPayload)).sub).toBe(
      'file:1',
    );
  });

  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const publicPem = key.verifyWith.export({ type: 'spki', format: 'pem' });
  const hmacInput = `${part({ ...header, alg: 'HS256' })}.${goodPayload}`;
  it.each([
    ['no text', ''],
    ['two parts', `${goodHeader}.${goodPayload}`],
    ['alg none', `${part({ ...header, alg: 'none' })}.${goodPayload}.`],
    [
      'the public key as an HMAC secret',
      `${hmacInput}.${createHmac('sha256', publicPem).update(hmacInput).digest('base64url')}`,
    ],
    ['a stranger’s key', signed(header, goodPayload, stranger)],
    ['changed claims', `${goodHeader}.${payloadWith({ sub: 'file:2' })}.${goodSignature}`],
    ['another type', signed({ ...header, typ: 'JWT' }, goodPayload)],
    ['no type', signed({ ...header, typ: undefined }, goodPayload)],
    ['no kid', signed({ ...header, kid: undefined }, goodPayload)],
    ['another kid', signed({ ...header, kid: 'judicial-1' }, goodPayload)],
    ['a kid that is a member of every object', signed({ ...header, kid: '__proto__' }, goodPayload)],
    ['another algorithm than that of the key', signed({ ...header, alg: 'ES384' }, goodPayload)],
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
    const lateService = new TokenService(new TwoKeys(key), later, settings);
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

describe('verifyOnceMore', () => {
  it('takes a token of a key that another process has just made', async () => {
    const other = newKey();
    const token = serviceWith(new TwoKeys(other)).issueAccessToken(request).token;
    const service = serviceWith(new TwoKeys(key, other));
    const unknown = unknownKeyOf(service, token);
    expect(unknown.keyId).toBe(other.keyId);
    expect((await service.verifyOnceMore(token, unknown)).sub).toBe('file:1');
  });

  it('refuses what it still does not know', async () => {
    const token = serviceWith(new TwoKeys(newKey())).issueAccessToken(request).token;
    await expect(tokens.verifyOnceMore(token, unknownKeyOf(tokens, token))).rejects.toThrow('kid is unknown');
  });

  function unknownKeyOf(service: TokenService, token: string): UnknownSigningKey {
    try {
      service.verifyAccessToken(token);
    } catch (error) {
      if (error instanceof UnknownSigningKey) return error;
    }
    throw new Error('the key is known');
  }
});

describe('thumbprint', () => {
  it('is that of RFC 7638 section 3.1', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst' +
      'n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1' +
      'n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    expect(thumbprint({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' })).toBe(
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    );
  });
});

describe('the published keys', () => {
  it('are none of ours where the source signs', async () => {
    const sources = { STRATEGIES: ['external'] };
    const signing = serviceWith(new TwoKeys(key), { ...sources, EXTERNAL_AUTH_MODE: 'sign' });
    expect(await signing.publicKeys()).toHaveLength(1);
    const relaying = serviceWith(new NoKeys(), { ...sources, EXTERNAL_AUTH_MODE: 'relay' });
    expect(await relaying.publicKeys()).toEqual([]);
  });
});
