import { generateKeyPairSync } from 'node:crypto';
import { FakeClock } from '../../test/support/fake-clock';
import { GatehouseError } from '../common/gatehouse-error';
import { loadSettings } from '../config/load-settings';
import { firstRing } from './key-ring';
import { keyPairOf } from './signing-algorithms';
import { type SigningKey, signingKey } from './signing-key';
import { SigningKeys } from './signing-keys';
import { TokenService } from './token.service';
import { VerifiedTokens } from './verified-tokens';

const { settings } = loadSettings({ JWT_ISSUER: 'https://issuer', JWT_AUDIENCE: 'api' });
const policy = { algorithm: 'ES256', maxAgeMs: 1, leadMs: 1, leastLeadMs: 1, tokenLifeMs: 1 } as const;

function newKey(): SigningKey {
  const pair = keyPairOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'ES256');
  return signingKey(firstRing(pair, { nowMs: 0, policy }).current);
}

/** Keys that an operator can take away. */
class OneKey extends SigningKeys {
  constructor(public key: SigningKey) {
    super();
  }

  override current(): SigningKey {
    return this.key;
  }

  override find(keyId: string | undefined): SigningKey | undefined {
    return this.key.keyId === keyId ? this.key : undefined;
  }

  override published() {
    return [];
  }

  override refresh(): Promise<void> {
    return Promise.resolve();
  }

  override lookFor(): Promise<void> {
    return Promise.resolve();
  }
}

function gateway() {
  const clock = new FakeClock();
  const keys = new OneKey(newKey());
  const tokens = new TokenService(keys, clock, settings);
  const issue = () =>
    tokens.issueAccessToken({
      identity: {
        ...{ subject: 'file:1', username: 'alice', groups: [], roles: [] },
        ...{ attributes: {}, strategy: 'file' },
      },
      sessionId: 'session-1',
      authenticatedAtSeconds: clock.nowSeconds(),
      identityIsStale: false,
      sessionEndsAtSeconds: clock.nowSeconds() + 100_000,
    }).token;
  return { clock, keys, tokens, issue };
}

function refusalOf(tokens: TokenService, token: string): string {
  try {
    tokens.verifyAccessToken(token);
  } catch (error) {
    if (error instanceof GatehouseError) return error.code;
    throw error;
  }
  return 'none';
}

describe('a token that has been verified before', () => {
  it('costs no signature', () => {
    const { keys, tokens, issue } = gateway();
    const verifications = jest.spyOn(keys.key.jwt, 'verify');
    const token = issue();
    const claims = tokens.verifyAccessToken(token);
    for (let again = 0; again < 10; again++) expect(tokens.verifyAccessToken(token)).toBe(claims);
    expect(verifications).toHaveBeenCalledTimes(1);
  });

  it('expires all the same', () => {
    const { clock, tokens, issue } = gateway();
    const token = issue();
    expect(refusalOf(tokens, token)).toBe('none');
    clock.advance(settings.ACCESS_TOKEN_TTL_SECONDS * 1000);
    expect(refusalOf(tokens, token)).toBe('TOKEN_EXPIRED');
  });

  it('is from the future once the clock was set back', () => {
    const { clock, tokens, issue } = gateway();
    const token = issue();
    expect(refusalOf(tokens, token)).toBe('none');
    clock.advance(-3_600_000);
    expect(refusalOf(tokens, token)).toBe('INVALID_TOKEN');
  });

  it('is refused once its key is gone', () => {
    const { keys, tokens, issue } = gateway();
    const token = issue();
    expect(refusalOf(tokens, token)).toBe('none');
    keys.key = newKey();
    expect(refusalOf(tokens, token)).toBe('INVALID_TOKEN');
  });

  it('vouches for no other signature under the same claims', () => {
    const { tokens, issue } = gateway();
    const [header, payload, signature = ''] = issue().split('.');
    expect(refusalOf(tokens, `${header}.${payload}.${signature}`)).toBe('none');
    const other = Buffer.from(signature, 'base64url').reverse().toString('base64url');
    expect(refusalOf(tokens, `${header}.${payload}.${other}`)).toBe('INVALID_TOKEN');
  });

  it('is looked at again where it did not hold', () => {
    const { keys, tokens, issue } = gateway();
    const other = newKey();
    const [own, token] = [keys.key, issue()];
    keys.key = other;
    expect(refusalOf(tokens, token)).toBe('INVALID_TOKEN');
    keys.key = own;
    expect(refusalOf(tokens, token)).toBe('none');
  });
});

describe('VerifiedTokens', () => {
  it('holds no text of a token', () => {
    const { tokens, issue, keys } = gateway();
    const token = issue();
    const verified = new VerifiedTokens();
    verified.keep(token, { claims: tokens.verifyAccessToken(token), key: keys.key });
    const held = JSON.stringify(Object.values(verified), (_name, value: unknown) =>
      value instanceof Map ? [...value] : value,
    );
    const [, payload = '', signature = ''] = token.split('.');
    expect(held).toContain('session-1');
    expect(held).not.toContain(payload);
    expect(held).not.toContain(signature);
  });
});
