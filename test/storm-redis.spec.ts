import { RedisServer } from './servers/redis';
import { GatewayProcess, kills, Storm, stormSettings, stormTimeoutMs, tell } from './support/storm';

describe('a Redis that is killed in a storm of refreshes', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start({ config: ['appendonly yes', 'appendfsync always'] });
  }, 60_000);
  afterAll(() => redis.remove());

  it(
    `costs nothing that the gateway acknowledged, ${kills} times, and the gateway lives on`,
    async () => {
      const env = { ...(await stormSettings()), REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '10000' };
      const storm = new Storm({ mayBeOut: true });
      const gateway = await GatewayProcess.start(env);
      await storm.logIn(gateway.url);
      for (let round = 0; round < kills; round++) {
        await storm.rageDuring(gateway.url, async () => {
          await storm.middle(round);
          await redis.kill();
          // The storm goes on while it is away, and when it is back.
          await redis.startAgain();
          await storm.middle(round);
        });
        await storm.expectNothingLost(gateway.url);
      }
      await gateway.kill();
      tell(storm);
      expect(storm.acknowledged).toBeGreaterThan(kills * 20);
      expect(storm.logouts).toBeGreaterThanOrEqual(kills);
      expect(storm.unanswered).toBeGreaterThanOrEqual(kills);
    },
    stormTimeoutMs,
  );
});
