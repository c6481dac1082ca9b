import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { exportJWK, type JWTPayload, SignJWT } from 'jose';
import { inBatches } from './corpus/batches';
import { negativeTokens } from './corpus/negative-tokens';
import { TokenForge } from './corpus/token-forge';
import { Client, cookieOf, textOf } from './support/client';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';

const page = readFileSync(join(__dirname, '..', 'docs', 'verify-tokens.md'), 'utf8');
const children: ChildProcess[] = [];

/** Runs the example of the page as it stands there. Gives its address. */
async function startExample(env: Readonly<Record<string, string>>): Promise<Client> {
  const folder = temporaryFolder();
  symlinkSync(join(__dirname, '..', 'node_modules'), join(folder, 'node_modules'));
  const files = [...page.matchAll(/^```js (\S+)\n([\s\S]*?)^```$/gm)];
  expect(files.map(([, name]) => name)).toEqual(['verifier.mjs', 'server.mjs']);
  for (const [, name = '', text = ''] of files) writeFileSync(join(folder, name), text);
  const child = spawn(process.execPath, ['server.mjs'], {
    cwd: folder,
    env: { ...process.env, PORT: '0', POLL_MS: '50', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    const [, port] = /^ready on (\d+)$/.exec(line) ?? [];
    if (port !== undefined) return new Client(`http://127.0.0.1:${port}`);
  }
  throw new Error('the example did not start');
}

async function statusOf(service: Client, token: string): Promise<number> {
  return (await service.request('/', { headers: { authorization: `Bearer ${token}` } })).status;
}

afterEach(async () => {
  const running = children.splice(0).filter(({ exitCode }) => exitCode === null);
  const ended = running.map((child) => once(child, 'exit'));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ended);
});

describe('the verifier of docs/verify-tokens.md beside a gateway', () => {
  let gateway: RunningGateway;
  let client: Client;
  let service: Client;

  beforeEach(async () => {
    gateway = await startGateway({ RATE_LIMIT_AUTH_MAX: '100', JWT_ISSUER: 'https://login.example.org' });
    client = new Client(gateway.url);
    service = await startExample({ GATEHOUSE_URL: gateway.url, JWT_ISSUER: 'https://login.example.org' });
  });
  afterEach(() => gateway.stop());

  async function device(): Promise<{ token: string; cookie: string }> {
    const login = await client.login('demo', gateway.demoPassword);
    return { token: textOf(login.data, 'access_token'), cookie: cookieOf(login) };
  }

  it('lets a good token in and refuses it soon after the logout, and no other', async () => {
    const [here, there] = [await device(), await device()];
    expect([await statusOf(service, here.token), await statusOf(service, 'nonsense')]).toEqual([200, 401]);
    await client.logout(here.cookie);
    await eventually(async () => (await statusOf(service, here.token)) === 401, 20_000);
    expect(await statusOf(service, there.token)).toBe(200);
  });

  it('refuses all sessions of a person but the spared one, and takes those that are opened later', async () => {
    const others = [await device(), await device()];
    const here = await device();
    const headers = { authorization: `Bearer ${here.token}` };
    await client.request('/api/auth/sessions?keep=current', { method: 'DELETE', headers });
    const later = await device();
    for (const { token } of others)
      await eventually(async () => (await statusOf(service, token)) === 401, 20_000);
    expect(await statusOf(service, here.token)).toBe(200);
    expect(await statusOf(service, later.token)).toBe(200);
  });
});

describe('the verifier of docs/verify-tokens.md beside a service that answers as we say', () => {
  const issuer = 'https://login.example.org';
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: 'gatehouse', sub: 'ldap:1', sid: 's1', auth_time: now, exp: now + 900 };
  let server: Server;
  let url: string;
  let feed: { status: number; entries: unknown[] };
  let keysStatus: number;

  beforeEach(async () => {
    feed = { status: 200, entries: [] };
    keysStatus = 200;
    const keys = [{ ...(await exportJWK(key.publicKey)), kid: '1', alg: 'ES256' }];
    server = createServer((request, response) => {
      const isKeys = request.url === '/.well-known/jwks.json';
      response.writeHead(isKeys ? keysStatus : feed.status, { 'Content-Type': 'application/json' });
      const data = { entries: feed.entries, next: '1', more: false };
      response.end(JSON.stringify(isKeys ? { keys } : { status: 'success', data }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${portOf(server)}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function sign(more: JWTPayload = {}, typ = 'at+jwt', by: KeyObject = key.privateKey): Promise<string> {
    return new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg: 'ES256', kid: '1', typ }).sign(by);
  }

  it('holds the claims, the type and the signature', async () => {
    const service = await startExample({ GATEHOUSE_URL: url, JWT_ISSUER: issuer });
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${(await sign()).split('.')[1]}.`;
    const hmac = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: '1', typ: 'at+jwt' })
      .sign(Buffer.from(key.publicKey.export({ type: 'spki', format: 'pem' })));
    const wrong = {
      issuer: await sign({ iss: 'https://other.example.org' }),
      audience: await sign({ aud: 'other' }),
      expired: await sign({ exp: now - 60 }),
      type: await sign({}, 'JWT'),
      withoutSession: await sign({ sid: undefined }),
      signature: await sign({}, 'at+jwt', stranger),
      ...{ none, hmac, empty: '' },
    };
    expect(await statusOf(service, await sign())).toBe(200);
    for (const [what, token] of Object.entries(wrong))
      expect([what, await statusOf(service, token)]).toEqual([what, 401]);
  });

  it('refuses every token of the negative corpus that breaks a rule for all verifiers', async () => {
    const service = await startExample({ GATEHOUSE_URL: url, JWT_ISSUER: issuer });
    const own = { algorithm: 'ES256', keyId: '1', signWith: key.privateKey, verifyWith: key.publicKey };
    const full = { ...claims, client_id: 'gatehouse', jti: 'j1', iat: now };
    // What a header can carry; this machine's own clock judges, so that no moment to come is far.
    const nowSeconds = Math.floor(Date.now() / 1000);
    const forge = new TokenForge({ key: own, claims: full, nowSeconds, trapUrl: 'http://127.0.0.1:9' });
    const corpus = negativeTokens(forge).filter(
      ({ token, strictness }) =>
        strictness !== 'ours' && /^[\x21-\x7e]+$/.test(token) && token.length < 15_000,
    );
    expect(corpus.length).toBeGreaterThan(300);
    expect(await statusOf(service, forge.good())).toBe(200);
    const statuses = await inBatches(corpus, async ({ name, token }) => [
      name,
      await statusOf(service, token),
    ]);
    expect(statuses.filter(([, status]) => status !== 401)).toEqual([]);
  }, 120_000);

  it('takes `auth_time` for the age of a login, and keeps every mark of a person', async () => {
    const exp = now + 900;
    feed.entries = [
      { sub: 'ldap:1', not_before: now - 100, spared_sid: 'first', exp },
      { sub: 'ldap:1', not_before: now - 50, spared_sid: 'second', exp },
      { sid: 'ldap:2', exp },
    ];
    const service = await startExample({ GATEHOUSE_URL: url, JWT_ISSUER: issuer });
    const at = async (sid: string, auth_time: number) =>
      statusOf(service, await sign({ sid, auth_time, iat: now }));
    expect(await at('s1', now - 50)).toBe(200);
    expect(await at('s1', now - 51)).toBe(401);
    expect([await at('first', now - 200), await at('second', now - 99)]).toEqual([401, 200]);
    expect(await statusOf(service, await sign({ sub: 'ldap:2', auth_time: now - 500 }))).toBe(200);
  });

  it('answers 503 once the feed could not be read for too long, and 200 when it can be read again', async () => {
    const service = await startExample({ GATEHOUSE_URL: url, JWT_ISSUER: issuer, MOST_AGE_MS: '3000' });
    const token = await sign();
    expect(await statusOf(service, token)).toBe(200);
    feed.status = 500;
    await eventually(async () => (await statusOf(service, token)) === 503, 20_000);
    feed.status = 200;
    await eventually(async () => (await statusOf(service, token)) === 200, 20_000);
  });

  it('does not take an outage of the key set for a bad token', async () => {
    keysStatus = 500;
    const service = await startExample({ GATEHOUSE_URL: url, JWT_ISSUER: issuer });
    expect(await statusOf(service, await sign())).toBe(503);
  });
});

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen');
  return address.port;
}
