import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK } from 'jose';
import { inBatches } from './corpus/batches';
import { negativeTokens } from './corpus/negative-tokens';
import { TokenForge } from './corpus/token-forge';
import { answersOn, freePort } from './servers/process';
import { Client } from './support/client';
import { temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';

jest.setTimeout(120_000);

const root = join(__dirname, '..');
const issuer = 'https://login.example.org';
const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const nowSeconds = Math.floor(Date.now() / 1000);
const claims = {
  ...{ iss: issuer, aud: 'gatehouse', sub: 'ldap:1', client_id: 'gatehouse', sid: 's1', jti: 'j1' },
  ...{ iat: nowSeconds, auth_time: nowSeconds, exp: nowSeconds + 900 },
};
const forge = new TokenForge({
  key: { algorithm: 'ES256', keyId: '1', signWith: key.privateKey, verifyWith: key.publicKey },
  ...{ claims, nowSeconds, trapUrl: 'http://127.0.0.1:9' },
});

/** Whether the gateway's keys can be read. */
let keysStatus = 200;
const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

/** A gateway of which there is nothing but the key set. */
async function startKeySet(): Promise<string> {
  const keys = [{ ...(await exportJWK(key.publicKey)), kid: '1', alg: 'ES256' }];
  const server = createServer((_request, response) => {
    response.writeHead(keysStatus, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The API of the example, with an empty page. Packages come from the project. */
async function startApi(): Promise<Client> {
  const folder = temporaryFolder();
  cpSync(join(root, 'examples', 'spa', 'server'), join(folder, 'server'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'dist'));
  const port = await freePort();
  const env = { PORT: String(port), GATEWAY_URL: await startKeySet(), JWT_ISSUER: issuer };
  const child = spawn(process.execPath, [join(folder, 'server', 'main.ts')], { env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  endings.push(() => {
    child.kill('SIGTERM');
    return ended;
  });
  await eventually(() => answersOn(port), 60_000);
  return new Client(`http://127.0.0.1:${port}`);
}

async function statusOf(api: Client, token: string): Promise<number> {
  return (await api.request('/api/notes', { headers: { authorization: `Bearer ${token}` } })).status;
}

describe('the API of examples/spa', () => {
  it('refuses every token that breaks a rule for all verifiers', async () => {
    const api = await startApi();
    // What a header can carry.
    const corpus = negativeTokens(forge).filter(
      ({ token, strictness }) =>
        strictness !== 'ours' && /^[\x21-\x7e]+$/.test(token) && token.length < 15_000,
    );
    expect(corpus.length).toBeGreaterThan(300);
    expect(await statusOf(api, forge.good())).toBe(200);
    const statuses = await inBatches(corpus, async ({ name, token }) => [name, await statusOf(api, token)]);
    expect(statuses.filter(([, status]) => status !== 401)).toEqual([]);
  });

  it('says 503, and not that the token is at fault, while the keys cannot be read', async () => {
    keysStatus = 500;
    const api = await startApi();
    expect(await statusOf(api, forge.good())).toBe(503);
    keysStatus = 200;
    expect(await statusOf(api, forge.good())).toBe(200);
  });
});
