import { AccountTries } from '../src/throttle/account-tries';
import { RedisServer } from './servers/redis';
import { startUpstream, type Upstream } from './servers/upstream';
import { Client } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';
import { eventually } from './support/ldap-logins';

jest.setTimeout(180_000);

const right = 'contraseña de maría';
const maria = { key: 'external:maria' };

let redis: RedisServer;
let upstream: Upstream;
let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  redis = await RedisServer.start({ config: ['appendonly yes', 'appendfsync always'] });
}, 60_000);
afterAll(() => redis.remove());

beforeEach(async () => {
  upstream = await startUpstream();
  gateway = await startGateway({
    STRATEGIES: 'external',
    EXTERNAL_AUTH_URL: upstream.url,
    REDIS_URL: redis.url,
    EXTERNAL_AUTH_BREAKER_FAILURES: '1000',
    RATE_LIMIT_AUTH_MAX: '1000',
  });
  client = new Client(gateway.url);
});

afterEach(async () => {
  await gateway.stop();
  await upstream.stop();
});

/** Logs in while the store goes away between the try and what comes of it. */
async function loginAcrossOutage(password: string, status: number): Promise<void> {
  const { length: before } = upstream.requests;
  upstream.behave({ kind: 'answer', status, delayMs: 1500, body: '{}' });
  const login = client.login('maria', password);
  await eventually(() => upstream.requests.length > before, 30_000);
  await redis.kill();
  expect((await login).status).toBe(503);
  upstream.behave();
  await redis.startAgain();
  await eventually(
    () =>
      counted().then(
        () => true,
        () => false,
      ),
    30_000,
  );
}

function counted(): ReturnType<AccountTries['look']> {
  return gateway.app.get(AccountTries, { strict: false }).look(maria);
}

async function countsEventually(strangers: number): Promise<void> {
  await eventually(async () => {
    const count = await counted().catch(() => undefined);
    return count?.strangers === strangers && count.pending === 0;
  }, 30_000);
}

it('remembers a wrong password when the store was away for a moment, and takes an outage for none', async () => {
  await loginAcrossOutage('wrong', 401);
  await countsEventually(1);
  await loginAcrossOutage('whatever it is', 500);
  await countsEventually(1);
  expect((await client.login('maria', right)).status).toBe(200);
});

it('lets the owner in after as many outages as an account has tries', async () => {
  for (let n = 0; n < 5; n++) await loginAcrossOutage(right, 500);
  await eventually(async () => (await client.login('maria', right)).status === 200, 30_000);
});
