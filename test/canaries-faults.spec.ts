import { Authenticator } from '../src/strategies/authenticator';
import { RedisServer } from './servers/redis';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { startUpstream, type Upstream } from './servers/upstream';
import {
  end,
  expectNoTrace,
  issued,
  live,
  secrets,
  sendEverywhere,
  sources,
  start,
} from './support/canary-bench';
import { secretsIn } from './support/canaries';
import { type Answer, Client } from './support/client';
import { startGateway } from './support/gateway';
import { eventually } from './support/ldap-logins';

// What else goes wrong around a secret: an echo, an outage, an end.
let slapd: Slapd;

beforeAll(async () => {
  slapd = await startSlapd();
  secrets['bindPassword'] = slapd.bindPassword;
}, 60_000);
afterAll(async () => {
  await slapd.remove();
});

/** All keys with all that they hold, whatever its type. */
function contentsOf(redis: RedisServer): Promise<string> {
  const script = `local all = {} for _, key in ipairs(redis.call('KEYS', '*')) do
    local kind = redis.call('TYPE', key).ok
    local read = { string = {'GET', key}, hash = {'HGETALL', key}, set = {'SMEMBERS', key},
      list = {'LRANGE', key, 0, -1}, zset = {'ZRANGE', key, 0, -1}, stream = {'XRANGE', key, '-', '+'} }
    table.insert(all, key) table.insert(all, redis.call(unpack(read[kind]))) end return all`;
  return redis.cli('--raw', 'EVAL', script, '0');
}

describe('secrets', () => {
  it.each(['sign', 'relay'])(
    'leave no trace with a service that echoes them (%s)',
    async (mode) => {
      const upstream: Upstream = await startUpstream();
      const token = { EXTERNAL_AUTH_BEARER_TOKEN: secrets['serviceBearer'] ?? '' };
      const issuer = { JWT_ISSUER: 'https://login.example.org', JWT_AUDIENCE: 'court' };
      const gateway = await start({
        ...{
          STRATEGIES: 'external',
          EXTERNAL_AUTH_URL: upstream.url,
          EXTERNAL_AUTH_MODE: mode,
          ...token,
          ...issuer,
        },
        ...{ EXTERNAL_AUTH_HMAC_SECRET: secrets['serviceHmac'] ?? '' },
      });
      const { wrongPassword = '', passwordAsName = '', serviceBearer = '' } = secrets;
      const echo = JSON.stringify({ password: wrongPassword, name: passwordAsName, bearer: serviceBearer });
      const answers: Answer[] = [];
      for (const status of [200, 201, 204, 302, 400, 401, 403, 404, 418, 423, 429, 500, 503]) {
        upstream.behave({ kind: 'answer', status, body: echo, headers: { 'x-echo': wrongPassword } });
        answers.push(await gateway.client.login(passwordAsName, wrongPassword));
        answers.push(await gateway.client.refresh(`refreshToken=${secrets['forgedToken']}`));
        answers.push(await gateway.client.logout(`refreshToken=${secrets['forgedToken']}`));
      }
      for (const behaviour of [
        { kind: 'raw', bytes: `NO HTTP ${wrongPassword}\r\n\r\n` },
        { kind: 'reset' },
      ] as const) {
        upstream.behave(behaviour);
        answers.push(await gateway.client.login(passwordAsName, wrongPassword));
      }
      answers.push(...(await sendEverywhere(gateway)));
      await end(gateway);
      await upstream.stop();
      expectNoTrace(gateway, answers);
    },
    120_000,
  );

  it('leave no trace in Redis but what is sealed, nor in the log while it is down', async () => {
    const redis = await RedisServer.start({
      config: [`user gateway on >${secrets['redisPassword']} ~* &* +@all`],
    });
    const url = redis.url.replace('//', `//gateway:${secrets['redisPassword']}@`);
    const gateway = await start({ ...(await sources(slapd)), REDIS_URL: url });
    await live(gateway);
    await end(gateway);
    expect(gateway.output()).not.toBe('');
    const kept = await contentsOf(redis);
    expect(kept).toContain('keys:signing');
    // The part of a key that signs, as it stands where it is not sealed.
    expect(kept).not.toMatch(/"d\\?":|privateJwk/);
    expect(secretsIn(kept, { ...secrets, ...issued })).toEqual([]);
    const again = await start({ ...(await sources(slapd)), REDIS_URL: url });
    await redis.kill();
    const answers = [await again.client.login('alice', people.alice.password)];
    answers.push(await again.client.refresh(`refreshToken=${secrets['forgedToken']}`));
    await end(again);
    expectNoTrace(gateway, []);
    expectNoTrace(again, answers);
    await redis.remove();
  }, 120_000);

  it('leave no trace in what is told of an error that nobody foresaw', async () => {
    const gateway = await startGateway();
    const { wrongPassword = '', passwordAsName = '' } = secrets;
    const frame = `\n    at ${wrongPassword}\n    at ${passwordAsName} (x.js:1:1)`;
    const authenticator = gateway.app.get(Authenticator, { strict: false });
    for (const thrown of [new TypeError(`bad ${wrongPassword}${frame}`), wrongPassword, { message: frame }]) {
      jest.spyOn(authenticator, 'authenticate').mockRejectedValueOnce(thrown);
      const answer = await new Client(gateway.url).login('demo', wrongPassword);
      expect(answer.status).toBe(500);
      expect(secretsIn(answer.text, secrets)).toEqual([]);
    }
    await gateway.stop();
    expect(secretsIn(gateway.logs(), secrets)).toEqual([]);
    expect(gateway.logs()).toMatch(/"error":"TypeError","stack":" {4}at .*canaries-faults\.spec/);
  });

  it('leave no trace when the process ends amid a login', async () => {
    const upstream = await startUpstream();
    const key = { JWT_SECRET: secrets['jwtSecret'] ?? '' };
    const env = { STRATEGIES: 'external', EXTERNAL_AUTH_URL: upstream.url, ...key };
    upstream.behave({ kind: 'answer', status: 401, body: '{}', delayMs: 500 });
    const gateway = await start(env);
    const login = gateway.client.login('maria', secrets['wrongPassword'] ?? '');
    await eventually(() => upstream.requests.length > 0);
    await end(gateway);
    expectNoTrace(gateway, [await login]);
    await upstream.stop();
  }, 120_000);
});
