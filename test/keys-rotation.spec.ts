import { readFileSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import {
  calculateJwkThumbprint,
  createRemoteJWKSet,
  decodeProtectedHeader,
  exportJWK,
  jwtVerify,
} from 'jose';
import { type Environment } from '../src/config/load-settings';
import { Store } from '../src/stores/store';
import { Client, objectOf, textOf } from './support/client';
import { FakeClock } from './support/fake-clock';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';

const dayMs = 24 * 60 * 60 * 1000;
const leadMs = dayMs;
const jwks = '/.well-known/jwks.json';
const algorithms = ['ES256', 'ES384', 'RS256', 'RS512', 'PS256'];
const running: RunningGateway[] = [];

afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.stop();
});

async function start(env: Environment = {}, clock = new FakeClock(Date.now())): Promise<RunningGateway> {
  const gateway = await startGateway({ RATE_LIMIT_AUTH_MAX: '1000', RATE_LIMIT_MAX: '1000', ...env }, clock);
  running.push(gateway);
  return gateway;
}

async function tokenOf(gateway: RunningGateway): Promise<string> {
  const answer = await new Client(gateway.url).login('demo', gateway.demoPassword);
  return textOf(answer.data, 'access_token');
}

function kidOf(token: string): string {
  return decodeProtectedHeader(token).kid ?? '';
}

async function keysOf(gateway: RunningGateway): Promise<Readonly<Record<string, unknown>>[]> {
  const { body } = await new Client(gateway.url).request(jwks);
  return Array.isArray(body['keys']) ? body['keys'].map(objectOf) : [];
}

async function kidsOf(gateway: RunningGateway): Promise<unknown[]> {
  return (await keysOf(gateway)).map(({ kid }) => kid);
}

async function statusOf(gateway: RunningGateway, token: string): Promise<number> {
  return (await new Client(gateway.url).me(token)).status;
}

/** What lies in the store, read past the gateway. */
async function recordOf(gateway: RunningGateway): Promise<string> {
  const record = await gateway.app.get(Store, { strict: false }).read('keys:signing');
  return record?.value ?? '';
}

function privatePartsIn(record: string): string[] {
  const names = '"(?:d|p|q|dp|dq|qi|sealedJwk)":"([^"]+)"';
  return [...record.matchAll(new RegExp(names, 'g'))].map((match) => match[1] ?? '');
}

/** To the next rotation: publishes the next key, and lets its lead pass. */
async function rotate(gateway: RunningGateway, beforeItSigns: () => Promise<void>): Promise<void> {
  gateway.clock.advance(29 * dayMs);
  expect(await kidsOf(gateway)).toHaveLength(2);
  await beforeItSigns();
  gateway.clock.advance(leadMs);
  // Whoever asks for the key set makes the process look.
  await kidsOf(gateway);
}

describe('a rotation', () => {
  it('refuses no token, here or at a verifier that caches the key set, three times over', async () => {
    const gateway = await start();
    const verifierKeys = (): ReturnType<typeof createRemoteJWKSet> =>
      createRemoteJWKSet(new URL(jwks, gateway.url), { cooldownDuration: Infinity, cacheMaxAge: Infinity });
    const verify = (token: string, keys: ReturnType<typeof createRemoteJWKSet>) =>
      jwtVerify(token, keys, { typ: 'at+jwt', currentDate: new Date(gateway.clock.nowMs()) });
    const seen = new Set<string>();
    const records: string[] = [];
    for (let rotation = 0; rotation < 3; rotation++) {
      let cached = verifierKeys();
      let before = '';
      await rotate(gateway, async () => {
        // Fetched before the new key signs, and never again.
        cached = verifierKeys();
        before = await tokenOf(gateway);
        await verify(before, cached);
        gateway.clock.advance(-3000);
      });
      gateway.clock.advance(3000);
      await kidsOf(gateway);
      seen.add(kidOf(before));
      const after = await tokenOf(gateway);
      expect(kidOf(after)).not.toBe(kidOf(before));
      await verify(after, cached);
      expect(await statusOf(gateway, after)).toBe(200);
      records.push(await recordOf(gateway));
    }
    expect(seen.size).toBe(3);
    const parts = records.flatMap(privatePartsIn);
    expect(parts.length).toBeGreaterThanOrEqual(3);
    expect(parts.filter((part) => gateway.logs().includes(part))).toEqual([]);
    expect(gateway.logs()).toContain('another key signs from now on');
  });

  it('keeps the old key until its last token has ended, and not much longer', async () => {
    const gateway = await start({ ACCESS_TOKEN_TTL_SECONDS: '3600' });
    await rotate(gateway, () => Promise.resolve(void gateway.clock.advance(-3000)));
    const last = await tokenOf(gateway);
    gateway.clock.advance(3000);
    await kidsOf(gateway);
    expect(await statusOf(gateway, last)).toBe(200);
    gateway.clock.advance(3_596_000);
    expect(await kidsOf(gateway)).toContain(kidOf(last));
    expect(await statusOf(gateway, last)).toBe(200);
    gateway.clock.advance(400_000);
    expect(await kidsOf(gateway)).not.toContain(kidOf(last));
  });

  it('comes by itself, without anybody who asks', async () => {
    const gateway = await start();
    gateway.clock.advance(29 * dayMs);
    await eventually(() => gateway.logs().includes('the next signing key is published'), 20_000);
  });

  it.each(algorithms.slice(1))(
    'leads to %s when JWT_ALGORITHM changes, and no token is refused',
    async (name) => {
      const clock = new FakeClock(Date.now());
      const before = await start({}, clock);
      const { dataDir } = before;
      await before.stop();
      running.pop();
      const gateway = await start({ DATA_DIR: dataDir, JWT_ALGORITHM: name }, clock);
      const old = await tokenOf(gateway);
      expect(decodeProtectedHeader(old).alg).toBe('ES256');
      expect((await keysOf(gateway)).map(({ alg }) => alg)).toEqual(['ES256', name]);
      clock.advance(leadMs);
      await kidsOf(gateway);
      const token = await tokenOf(gateway);
      expect(decodeProtectedHeader(token).alg).toBe(name);
      await jwtVerify(token, createRemoteJWKSet(new URL(jwks, gateway.url)), {
        algorithms: [name],
        currentDate: new Date(clock.nowMs()),
      });
      expect(await statusOf(gateway, token)).toBe(200);
      const { payload } = await jwtVerify(old, createRemoteJWKSet(new URL(jwks, gateway.url)), {
        currentDate: new Date(clock.nowMs() - leadMs),
      });
      expect(payload.sub).toBe('file:demo');
    },
  );
});

describe('two gateways on one store', () => {
  it('begin with one key, of which exactly one made it, and rotate to the same', async () => {
    const clock = new FakeClock(Date.now());
    const DATA_DIR = temporaryFolder();
    const gateways = await Promise.all([start({ DATA_DIR }, clock), start({ DATA_DIR }, clock)]);
    const signsWith = () => Promise.all(gateways.map(async (gateway) => kidOf(await tokenOf(gateway))));
    const [first] = await signsWith();
    expect(await signsWith()).toEqual([first, first]);
    clock.advance(29 * dayMs);
    const published = await Promise.all(gateways.map(kidsOf));
    expect(new Set(published.flat()).size).toBe(2);
    clock.advance(leadMs);
    await Promise.all(gateways.map(kidsOf));
    const [second] = await signsWith();
    expect(second).not.toBe(first);
    expect(await signsWith()).toEqual([second, second]);
    for (const gateway of gateways) expect(await kidsOf(gateway)).toHaveLength(2);
  });
});

describe('a gateway that has not looked since the other one rotated', () => {
  it('takes the token all the same: it looks for the key', async () => {
    const clock = new FakeClock(Date.now());
    const DATA_DIR = temporaryFolder();
    const late = await start({ DATA_DIR }, clock);
    const early = await start({ DATA_DIR }, clock);
    clock.advance(29 * dayMs);
    await kidsOf(early);
    clock.advance(leadMs);
    await kidsOf(early);
    const token = await tokenOf(early);
    expect(await statusOf(late, token)).toBe(200);
    expect(await kidsOf(late)).toContain(kidOf(token));
  });
});

describe('the key of an older release', () => {
  it('goes on under its kid, is rotated like any other, and its file stays as it is', async () => {
    const DATA_DIR = temporaryFolder();
    const path = join(DATA_DIR, 'signing-key.pem');
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    writeFileSync(path, pem, { mode: 0o600 });
    const gateway = await start({ DATA_DIR });
    const kid = await calculateJwkThumbprint(await exportJWK(pair.publicKey));
    expect(kidOf(await tokenOf(gateway))).toBe(kid);
    await rotate(gateway, () => Promise.resolve());
    expect(kidOf(await tokenOf(gateway))).not.toBe(kid);
    expect(readFileSync(path, 'utf8')).toBe(pem);
  });

  it('keeps the gateway from starting when it is none, without being quoted', async () => {
    const DATA_DIR = temporaryFolder();
    writeFileSync(join(DATA_DIR, 'signing-key.pem'), 'canary');
    await expect(start({ DATA_DIR })).rejects.toThrow(/signing-key\.pem holds no P-256 private key/);
    await expect(start({ DATA_DIR })).rejects.not.toThrow(/canary/);
  });
});

describe('the key set', () => {
  it('may be cached for five minutes, and answers 304 to who has it', async () => {
    const client = new Client((await start()).url);
    const first = await client.request(jwks);
    const etag = first.headers.get('etag') ?? '';
    expect(first.headers.get('cache-control')).toBe('public, max-age=300');
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    const second = await client.request(jwks, { headers: { 'if-none-match': `"x", W/${etag}` } });
    expect([second.status, second.text, second.headers.get('etag')]).toEqual([304, '', etag]);
    expect((await client.request(jwks, { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
  });

  it('has another ETag when there is another key, and no private part', async () => {
    const gateway = await start({ JWT_ALGORITHM: 'RS256' });
    const client = new Client(gateway.url);
    const before = await client.request(jwks);
    gateway.clock.advance(29 * dayMs);
    const after = await client.request(jwks);
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
    const parts = privatePartsIn(await recordOf(gateway));
    expect(parts.length).toBeGreaterThan(10);
    expect(parts.filter((part) => after.text.includes(part) || gateway.logs().includes(part))).toEqual([]);
  });
});

describe('KEY_ENCRYPTION_KEY', () => {
  const secret = 'q7Rk2vN9sXw4tYc1zRf8hLj3pDg6aUe0';

  it('seals what was plain at the next change, and is needed from then on', async () => {
    const clock = new FakeClock(Date.now());
    const plain = await start({}, clock);
    const { dataDir: DATA_DIR } = plain;
    expect(await recordOf(plain)).toContain('privateJwk');
    const token = await tokenOf(plain);
    await plain.stop();
    running.pop();
    const sealing = await start({ DATA_DIR, KEY_ENCRYPTION_KEY: secret }, clock);
    expect(await statusOf(sealing, token)).toBe(200);
    clock.advance(29 * dayMs);
    await kidsOf(sealing);
    expect(await recordOf(sealing)).not.toContain('privateJwk');
    expect(await recordOf(sealing)).toContain('sealedJwk');
    expect(kidOf(await tokenOf(sealing))).toBe(kidOf(token));
    await sealing.stop();
    running.pop();
    const wrong = { DATA_DIR, KEY_ENCRYPTION_KEY: `${secret}x` };
    await expect(start(wrong, clock)).rejects.toThrow(/KEY_ENCRYPTION_KEY does not open/);
    await expect(start({ DATA_DIR }, clock)).rejects.toThrow(/KEY_ENCRYPTION_KEY is needed/);
  });
});
