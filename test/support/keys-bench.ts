import { CompactSign, exportJWK, generateKeyPair, type GenerateKeyPairResult, type JWK } from 'jose';
import { FakeClock } from './fake-clock';
import {
  type Caller,
  type UpstreamAnswer,
  UpstreamFailure,
} from '../../src/strategies/external/upstream/upstream-call';
import type { Verification } from '../../src/strategies/external/keys/token-verifier';
import { UpstreamKeys, type UpstreamKeysOptions } from '../../src/strategies/external/keys/upstream-keys';

export const issuer = 'https://auth.example.org';
export const audience = 'app';
const jwks = {
  operation: 'jwks',
  method: 'GET',
  path: '/keys',
  headers: () => ({}),
  isRepeatable: true,
} as const;
export const canary = 'CANARY';

export async function jwkOf({ publicKey }: GenerateKeyPairResult, more: JWK = {}): Promise<JWK> {
  return { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig', ...more };
}

export function answer(status: number, body: unknown): UpstreamAnswer {
  return { status, setCookies: [], body: Buffer.from(JSON.stringify(body)) };
}

/** The service: publishes `keys`, or whatever `reply` says. */
export class FakeService implements Caller {
  calls = 0;
  keys: readonly unknown[] = [];
  reply: () => Promise<UpstreamAnswer> = () => Promise.resolve(answer(200, { keys: this.keys }));

  call(): Promise<UpstreamAnswer> {
    this.calls++;
    return this.reply();
  }

  down(): void {
    this.reply = () => Promise.reject(new UpstreamFailure('the connection was refused'));
  }

  up(): void {
    this.reply = () => Promise.resolve(answer(200, { keys: this.keys }));
  }
}

interface KeysBench {
  readonly service: FakeService;
  readonly clock: FakeClock;
  readonly keys: UpstreamKeys;
}

function keysBench(options: Partial<UpstreamKeysOptions>, published: readonly unknown[]): KeysBench {
  const service = new FakeService();
  service.keys = published;
  const clock = new FakeClock();
  const keys = new UpstreamKeys({
    caller: service,
    requests: { jwks: () => jwks },
    clock,
    algorithms: ['RS256'],
    issuer,
    audience,
    maxAgeSeconds: 600,
    ...options,
  });
  return { service, clock, keys };
}

export const nowSeconds = new FakeClock().nowSeconds();
export const claims = { iss: issuer, aud: audience, exp: nowSeconds + 86_400, secret: canary };

export interface TokenParts {
  readonly pair: GenerateKeyPairResult;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

function signedToken({ pair, header, claims: more }: TokenParts): Promise<string> {
  const payload = Buffer.from(JSON.stringify({ ...claims, ...more }));
  return new CompactSign(payload)
    .setProtectedHeader({ alg: 'RS256', kid: 'one', ...header })
    .sign(pair.privateKey);
}

/** Two key pairs of RS256, and services and tokens that use the first unless told otherwise. */
export class KeyPairs {
  private constructor(
    readonly first: GenerateKeyPairResult,
    readonly second: GenerateKeyPairResult,
  ) {}

  static async make(): Promise<KeyPairs> {
    const [first, second] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
    return new KeyPairs(first, second);
  }

  /** A service that publishes these keys, and what verifies by them. */
  async bench(
    options: Partial<UpstreamKeysOptions> = {},
    published?: readonly unknown[],
  ): Promise<KeysBench> {
    return keysBench(options, published ?? [await jwkOf(this.first)]);
  }

  /** A good token, but for these parts. */
  token(parts: Partial<TokenParts> = {}): Promise<string> {
    return signedToken({ pair: this.first, ...parts });
  }
}

export function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export function refusal(fault: string, words: string): unknown {
  const detail: unknown = expect.stringContaining(words);
  return { kind: 'refused', fault, detail };
}

export async function failureOf(attempt: Promise<Verification>): Promise<UpstreamFailure> {
  const outcome: unknown = await attempt.catch((error: unknown) => error);
  if (outcome instanceof UpstreamFailure) return outcome;
  throw new Error(`expected a failure, got ${JSON.stringify(outcome)}`);
}
