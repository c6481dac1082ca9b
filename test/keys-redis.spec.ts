import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { RedisServer } from './servers/redis';
import { Client, textOf } from './support/client';
import { FakeClock } from './support/fake-clock';
import { type RunningGateway, startGateway } from './support/gateway';

const dayMs = 24 * 60 * 60 * 1000;
const jwks = '/.well-known/jwks.json';
const gateways: RunningGateway[] = [];
const clock = new FakeClock(Date.now());
let server: RedisServer;

beforeAll(async () => {
  server = await RedisServer.start();
  const env = { REDIS_URL: server.url, REDIS_COMMAND_TIMEOUT_MS: '10000', RATE_LIMIT_AUTH_MAX: '1000' };
  // Each with a folder of its own: what they share is in Redis.
  gateways.push(...(await Promise.all([1, 2, 3].map(() => startGateway(env, clock)))));
});

afterAll(async () => {
  for (const gateway of gateways) await gateway.stop();
  await server.remove();
});

async function tokens(): Promise<string[]> {
  return Promise.all(
    gateways.map(async (gateway) => {
      const answer = await new Client(gateway.url).login('demo', gateway.demoPassword);
      return textOf(answer.data, 'access_token');
    }),
  );
}

async function keySets(): Promise<string[]> {
  return Promise.all(gateways.map(async ({ url }) => (await new Client(url).request(jwks)).text));
}

async function expectAllToTake(all: readonly string[]): Promise<void> {
  for (const gateway of gateways) {
    const keys = createRemoteJWKSet(new URL(jwks, gateway.url));
    for (const token of all) {
      expect((await new Client(gateway.url).me(token)).status).toBe(200);
      await jwtVerify(token, keys, { currentDate: new Date(clock.nowMs()) });
    }
  }
}

describe('three gateways on one Redis', () => {
  it('sign with one key, publish one key set, and rotate once', async () => {
    const before = await tokens();
    expect(new Set(before.map((token) => decodeProtectedHeader(token).kid)).size).toBe(1);
    expect(new Set(await keySets()).size).toBe(1);
    await expectAllToTake(before);
    clock.advance(29 * dayMs);
    await keySets();
    clock.advance(dayMs);
    await keySets();
    const after = await tokens();
    const kids = new Set(after.map((token) => decodeProtectedHeader(token).kid));
    expect(kids.size).toBe(1);
    expect(kids).not.toContain(decodeProtectedHeader(before[0] ?? '').kid);
    await expectAllToTake(after);
    const published = [...(await keySets()).join().matchAll(/"kid":"([^"]+)"/g)].map(([, kid]) => kid);
    expect(new Set(published).size).toBe(2);
  });
});
