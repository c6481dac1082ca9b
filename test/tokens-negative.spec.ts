import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { SigningKeys } from '../src/tokens/signing-keys';
import { TokenService } from '../src/tokens/token.service';
import { inBatches } from './corpus/batches';
import { negativeTokens } from './corpus/negative-tokens';
import { mirroredSignature } from './corpus/signature-tokens';
import { type Json, type NegativeToken, TokenForge } from './corpus/token-forge';
import { type Answer, Client } from './support/client';
import { basic, logIn, oidcBench, type OidcBench, postForm, secrets } from './support/oidc-bench';

let bench: OidcBench;
let forge: TokenForge;
let corpus: readonly NegativeToken[];
let good: string;
/** The front of the bench would only cost time. */
let direct: Client;
let trap: Server;
let visits = 0;

beforeAll(async () => {
  trap = createServer((socket) => {
    visits++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(trap, 'listening');
  const address = trap.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  bench = await oidcBench({ RATE_LIMIT_MAX: '100000', BODY_LIMIT_BYTES: '100000' });
  direct = new Client(bench.gateway.url);
  ({ accessToken: good } = await logIn(bench));
  const { app, clock } = bench.gateway;
  const claims: Json = { ...app.get(TokenService, { strict: false }).verifyAccessToken(good) };
  const { algorithm, keyId, signWith, verifyWith } = app.get(SigningKeys, { strict: false }).current();
  const key = { algorithm, keyId, signWith, verifyWith };
  const terms = { key, claims, nowSeconds: clock.nowSeconds(), trapUrl: `http://127.0.0.1:${port}` };
  forge = new TokenForge(terms);
  corpus = negativeTokens(forge);
});

afterAll(async () => {
  await bench.stop();
  await new Promise((resolve) => trap.close(resolve));
});

/** What `fetch` sends as a header without changing it, and Node reads within its limit of 16 KiB. */
const fitsHeader = ({ token }: NegativeToken) => /^[\x21-\x7e]+$/.test(token) && token.length < 15_000;

function bearer(path: string, token: string): Promise<Answer> {
  return direct.request(path, { headers: { authorization: `Bearer ${token}` } });
}

function introspect(token: string): Promise<Answer> {
  return postForm(
    { ...bench, client: direct },
    '/oidc/token/introspection',
    { token },
    basic('api', secrets.api),
  );
}

async function deviationsOf(
  tokens: readonly NegativeToken[],
  judge: (one: NegativeToken) => Promise<unknown>,
): Promise<unknown[]> {
  const all = await inBatches(tokens, async (one) => [one.name, one.rule, await judge(one)]);
  return all.filter(([, , deviation]) => deviation !== undefined);
}

jest.setTimeout(120_000);

describe('a good token of a live session', () => {
  it('is taken at every door, also when it is signed again', async () => {
    for (const token of [good, forge.good(), mirroredSignature(forge)]) {
      expect((await bearer('/api/auth/me', token)).status).toBe(200);
      expect((await bearer('/api/auth/verify', token)).status).toBe(200);
      expect((await bearer('/oidc/me', token)).status).toBe(200);
      expect((await introspect(token)).body).toMatchObject({ active: true });
    }
  });
});

describe('each token of the negative corpus', () => {
  it.each(['/api/auth/me', '/api/auth/verify'])(
    'is refused at %s with the challenge of RFC 6750',
    async (path) => {
      const tokens = corpus.filter(fitsHeader);
      expect(tokens.length).toBeGreaterThan(400);
      const deviations = await deviationsOf(tokens, async ({ token, code = 'INVALID_TOKEN' }) => {
        const { status, headers, body } = await bearer(path, token);
        const challenge = headers.get('www-authenticate');
        const isRight =
          status === 401 &&
          body['code'] === code &&
          challenge === 'Bearer realm="gatehouse", error="invalid_token"';
        return isRight ? undefined : [status, body['code'], challenge];
      });
      expect(deviations).toEqual([]);
    },
  );

  it('is refused at the userinfo endpoint', async () => {
    const deviations = await deviationsOf(corpus.filter(fitsHeader), async ({ token }) => {
      const { status, headers } = await bearer('/oidc/me', token);
      const isRight = status === 401 && headers.get('www-authenticate')?.includes('error="invalid_token"');
      return isRight === true ? undefined : [status, headers.get('www-authenticate')];
    });
    expect(deviations).toEqual([]);
  });

  it('is not active, and nothing more is said of it', async () => {
    const isOurs = ({ token }: NegativeToken) => token !== '' && token.length <= 16 * 1024;
    const deviations = await deviationsOf(corpus.filter(isOurs), async ({ token }) => {
      const { status, text } = await introspect(token);
      return status === 200 && text === '{"active":false}' ? undefined : [status, text.slice(0, 200)];
    });
    expect(deviations).toEqual([]);
  });

  it('is not read at all where it is too long', async () => {
    for (const { token } of corpus.filter((one) => one.token.length > 16 * 1024)) {
      // Whoever goes on sending past the limit of a body may find the connection closed.
      const answer = await introspect(token).catch(() => ({ status: 413 }));
      expect([400, 413]).toContain(answer.status);
    }
  });

  it('has ended no session', async () => {
    expect((await bearer('/api/auth/me', good)).status).toBe(200);
  });

  it('has asked nobody at the addresses in it', () => {
    expect(JSON.stringify(corpus.map(({ token }) => headerText(token)))).toContain(forge.terms.trapUrl);
    expect(visits).toBe(0);
  });

  it('leaves no part of itself in the log', () => {
    const logs = bench.gateway.logs();
    for (const { token, name } of corpus) {
      const signature = token.split('.')[2] ?? '';
      if (signature.length > 40 && logs.includes(signature)) throw new Error(`${name} is in the log`);
    }
    expect(logs).not.toContain(forge.terms.trapUrl);
  });
});

function headerText(token: string): string {
  return Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString();
}

describe('a token that fills the header', () => {
  it('of a megabyte is cut by the server, which goes on', async () => {
    const { status } = await bearer('/api/auth/me', 'A'.repeat(1_000_000)).catch(() => ({ status: 431 }));
    expect(status).toBe(431);
    expect((await bearer('/api/auth/me', good)).status).toBe(200);
  });
});

describe('the second signature that ECDSA takes', () => {
  it('opens nothing after the session has ended by the first', async () => {
    const other = await logIn(bench);
    const claims: unknown = JSON.parse(
      Buffer.from(other.accessToken.split('.')[1] ?? '', 'base64url').toString(),
    );
    const twin = mirroredSignature(
      new TokenForge({ ...forge.terms, claims: { ...(Object(claims) as object) } }),
    );
    expect((await bearer('/api/auth/me', twin)).status).toBe(200);
    await bench.client.request('/api/auth/logout', {
      method: 'POST',
      headers: { authorization: `Bearer ${other.accessToken}` },
    });
    expect((await bearer('/api/auth/me', twin)).status).toBe(401);
  });
});
