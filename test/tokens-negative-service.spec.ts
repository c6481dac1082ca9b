import { GatehouseError } from '../src/common/gatehouse-error';
import type { SigningAlgorithm } from '../src/config/check-keys';
import { loadSettings } from '../src/config/load-settings';
import { firstRing } from '../src/tokens/key-ring';
import { isAsymmetric, newKeyPair } from '../src/tokens/signing-algorithms';
import { sharedSecret, type SigningKey, signingKey, type VerifyingKey } from '../src/tokens/signing-key';
import { SigningKeys } from '../src/tokens/signing-keys';
import { TokenService } from '../src/tokens/token.service';
import { longGoodToken } from './corpus/claim-tokens';
import { negativeTokens } from './corpus/negative-tokens';
import { mirroredSignature } from './corpus/signature-tokens';
import { type Json, type NegativeToken, TokenForge } from './corpus/token-forge';
import { FakeClock } from './support/fake-clock';

const clock = new FakeClock();
const { settings } = loadSettings({ JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'api' });

/** One key, and how many signatures were verified by it. */
class CountedKeys extends SigningKeys {
  verifications = 0;
  looks = 0;
  private readonly counted: VerifyingKey;

  constructor(readonly key: SigningKey) {
    super();
    const { jwt } = key;
    const verify: typeof jwt.verify = (token, options) => {
      this.verifications++;
      return jwt.verify(token, options);
    };
    this.counted = { ...key, jwt: Object.assign(Object.create(jwt) as typeof jwt, { verify }) };
  }

  override current(): SigningKey {
    return this.key;
  }

  override find(keyId: string | undefined): VerifyingKey | undefined {
    return keyId === this.key.keyId ? this.counted : undefined;
  }

  override published() {
    return [];
  }

  override refresh(): Promise<void> {
    return Promise.resolve();
  }

  override lookFor(): Promise<void> {
    this.looks++;
    return Promise.resolve();
  }
}

async function keyOf(algorithm: SigningAlgorithm): Promise<SigningKey> {
  if (!isAsymmetric(algorithm)) return sharedSecret('a secret of more than thirty-two characters');
  const policy = { algorithm, maxAgeMs: 1, leadMs: 1, leastLeadMs: 1, tokenLifeMs: 1 };
  return signingKey(firstRing(await newKeyPair(algorithm), { nowMs: 0, policy }).current);
}

interface Bench {
  readonly keys: CountedKeys;
  readonly tokens: TokenService;
  readonly forge: TokenForge;
  readonly good: string;
}

async function benchOf(algorithm: SigningAlgorithm): Promise<Bench> {
  const keys = new CountedKeys(await keyOf(algorithm));
  const tokens = new TokenService(keys, clock, settings);
  const good = tokens.issueAccessToken({
    identity: {
      subject: 'file:1',
      username: 'alice',
      groups: ['g'],
      roles: [],
      attributes: {},
      strategy: 'file',
    },
    sessionId: 'session-1',
    authenticatedAtSeconds: clock.nowSeconds(),
    identityIsStale: false,
    sessionEndsAtSeconds: clock.nowSeconds() + 100_000,
  }).token;
  const claims: Json = { ...tokens.verifyAccessToken(good) };
  const terms = { key: keys.key, claims, nowSeconds: clock.nowSeconds(), trapUrl: 'http://127.0.0.1:9' };
  return { keys, tokens, good, forge: new TokenForge(terms) };
}

function outcomeOf(tokens: TokenService, token: string): string {
  try {
    tokens.verifyAccessToken(token);
    return 'accepted';
  } catch (error) {
    return error instanceof GatehouseError ? error.code : `threw ${String(error)}`;
  }
}

/** The least that the token took in so many tries, each by a service of its own where one that has seen it would remember. */
function leastUs(serviceOf: () => TokenService, token: string, rounds: number): number {
  let leastMs = Infinity;
  for (let round = 0; round < rounds; round++) {
    const service = serviceOf();
    const startedAtMs = performance.now();
    outcomeOf(service, token);
    leastMs = Math.min(leastMs, performance.now() - startedAtMs);
  }
  return leastMs * 1000;
}

function goodUsOf({ keys, good }: Bench): number {
  const unseen = (): TokenService => new TokenService(keys, clock, settings);
  leastUs(unseen, good, 100);
  return leastUs(unseen, good, 100);
}

const algorithms: readonly SigningAlgorithm[] = ['ES256', 'ES384', 'RS256', 'RS512', 'PS256', 'HS256'];

describe.each(algorithms)('the negative corpus of %s', (algorithm) => {
  let bench: Bench;
  let corpus: readonly NegativeToken[];

  beforeAll(async () => {
    bench = await benchOf(algorithm);
    corpus = negativeTokens(bench.forge);
  });

  it('is refused to the last token, and those that are no tokens of ours by form without any cryptography', () => {
    expect(corpus.length).toBeGreaterThan(400);
    const wrong = corpus.flatMap(({ name, token, rule, passesForm, code = 'INVALID_TOKEN' }) => {
      bench.keys.verifications = 0;
      const outcome = outcomeOf(bench.tokens, token);
      const isRight = outcome === code && (passesForm || bench.keys.verifications === 0);
      return isRight ? [] : [`${name} (${rule}): ${outcome}, ${bench.keys.verifications} verifications`];
    });
    expect(wrong).toEqual([]);
  });

  it('is no ID token either, expired ones and those of that type apart', async () => {
    const taken: string[] = [];
    for (const { name, token, code } of corpus)
      if (code === undefined && (await bench.tokens.readIdToken(token))) taken.push(name);
    // A hint may have expired and says nothing of what it opens: its type, signature and issuer are all that counts.
    const isHint = (name: string) => /^(an ID token|typ "(jwt|JWT)")/.test(name);
    expect(taken.filter((name) => !isHint(name))).toEqual([]);
  });

  it('stands beside good tokens, which are taken', () => {
    const { forge, tokens, good } = bench;
    const spaced = JSON.stringify(forge.header, undefined, 2);
    const kinds = {
      ...{ good, again: forge.good(), 'upper case': forge.withHeader({ typ: 'AT+JWT' }) },
      'the whole media type': forge.withHeader({ typ: 'application/AT+jwt' }),
      'a header with blanks': forge.signedText(spaced, JSON.stringify(forge.terms.claims)),
      'iat as far ahead as clocks may be': forge.withClaims({ iat: clock.nowSeconds() + 30 }),
      'nbf as far ahead': forge.withClaims({ nbf: clock.nowSeconds() + 30 }),
      'its last second': forge.withClaims({ exp: clock.nowSeconds() + 1 }),
      'a claim more': forge.withClaims({ 'https://example.org/claim': { a: [1, 2] } }),
      'nearly the longest': longGoodToken(forge, 16_384),
    };
    const outcomes = Object.entries(kinds).map(([kind, token]) => [kind, outcomeOf(tokens, token)]);
    expect(outcomes).toEqual(Object.keys(kinds).map((kind) => [kind, 'accepted']));
  });

  it('costs less on average than a good token with the default algorithm, and none more than eight times as much', async () => {
    const { tokens } = bench;
    const goodUs = goodUsOf(bench);
    // A shared secret makes good tokens so cheap that reading alone is many times as much.
    const usualUs = Math.max(goodUs, goodUsOf(await benchOf('ES256')));
    // Whatever else the machine does makes single ones look dear: those are measured more often.
    const isDear = (us: number) => us > goodUs * 2;
    const costs = corpus.map(({ name, token, passesForm }) => {
      const first = leastUs(() => tokens, token, 8);
      return { name, passesForm, us: isDear(first) ? leastUs(() => tokens, token, 100) : first };
    });
    const meanUs = costs.reduce((sum, { us }) => sum + us, 0) / costs.length;
    const dearest = (some: typeof costs) => some.reduce((most, one) => (one.us > most.us ? one : most));
    const told = ({ us, name }: (typeof costs)[number]) => `${us.toFixed(0)} µs (${name})`;
    console.log(
      `${algorithm}: a good token ${goodUs.toFixed(0)} µs; ${costs.length} bad ones ${meanUs.toFixed(0)} µs on average, ` +
        `at most ${told(dearest(costs))}; by form alone at most ${told(dearest(costs.filter((one) => !one.passesForm)))}`,
    );
    expect(meanUs).toBeLessThan(usualUs);
    expect(costs.filter(({ us }) => us > usualUs * 8)).toEqual([]);
  });
});

describe.each(['ES256', 'ES384'] as const)('the second signature that %s takes for a text', (algorithm) => {
  it('is the same token by its claims: nothing depends on the text of a token', async () => {
    const { forge, tokens } = await benchOf(algorithm);
    const [first, second] = [forge.good(), mirroredSignature(forge)];
    expect(second).not.toBe(first);
    expect(tokens.verifyAccessToken(second)).toEqual(tokens.verifyAccessToken(first));
  });
});
