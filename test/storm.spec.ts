import { GatewayProcess, kills, Storm, stormSettings, stormTimeoutMs, tell } from './support/storm';

describe('a gateway that is killed in a storm of refreshes', () => {
  it(
    `has lost nothing that it acknowledged, ${kills} times`,
    async () => {
      const env = await stormSettings();
      const storm = new Storm();
      let gateway = await GatewayProcess.start(env);
      await storm.logIn(gateway.url);
      for (let round = 0; round < kills; round++) {
        await storm.rageDuring(gateway.url, async () => {
          await storm.middle(round);
          await gateway.kill();
        });
        gateway = await GatewayProcess.start(env);
        await storm.expectNothingLost(gateway.url);
      }
      await gateway.kill();
      tell(storm);
      expect(storm.acknowledged).toBeGreaterThan(kills * 20);
      expect(storm.logouts).toBeGreaterThanOrEqual(kills);
    },
    stormTimeoutMs,
  );
});
