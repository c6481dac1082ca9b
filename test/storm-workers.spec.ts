import { childrenOf, statOf } from './support/child-processes';
import { eventually } from './support/ldap-logins';
import { GatewayProcess, kills, Storm, stormSettings, stormTimeoutMs, tell } from './support/storm';

/** The pause before a worker is started again doubles with each death; a new gateway begins with a short one. */
const killsOfOneGateway = 5;
/** Each needs a whole new start. */
const primaryKills = Math.ceil(kills / 2);

/** Kills one of three workers, another one each time, and waits for the one in its place. */
async function killOne(gateway: GatewayProcess, round: number): Promise<void> {
  const workers = childrenOf(gateway.pid);
  const victim = workers[round % workers.length] ?? 0;
  expect(workers).toHaveLength(3);
  process.kill(victim, 'SIGKILL');
  await eventually(() => {
    const alive = childrenOf(gateway.pid);
    return alive.length === 3 && !alive.includes(victim);
  }, 180_000);
}

describe('a worker of three that is killed in a storm of refreshes', () => {
  it(
    `costs nothing that was acknowledged, ${kills} times, and there are three again`,
    async () => {
      const env = { ...(await stormSettings()), WORKERS: '3' };
      const storm = new Storm({ isSpread: true });
      let gateway = await GatewayProcess.start(env);
      await storm.logIn(gateway.url);
      for (let round = 0; round < kills; round++) {
        if (round > 0 && round % killsOfOneGateway === 0) {
          await gateway.kill();
          gateway = await GatewayProcess.start(env);
        }
        await storm.rageDuring(gateway.url, async () => {
          await storm.middle(round);
          await killOne(gateway, round);
          await storm.middle(round);
        });
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

describe('a primary process that is killed in a storm of refreshes', () => {
  it(
    'takes its workers along, whatever they were writing, and the next one finds the store free',
    async () => {
      const env = { ...(await stormSettings()), WORKERS: '3' };
      const storm = new Storm({ isSpread: true });
      let gateway = await GatewayProcess.start(env);
      await storm.logIn(gateway.url);
      for (let round = 0; round < primaryKills; round++) {
        const workers = childrenOf(gateway.pid);
        await storm.rageDuring(gateway.url, async () => {
          await storm.middle(round);
          await gateway.kill();
        });
        await eventually(() => workers.every((pid) => statOf(pid) === ''), 60_000);
        gateway = await GatewayProcess.start(env);
        await storm.expectNothingLost(gateway.url);
      }
      await gateway.kill();
    },
    stormTimeoutMs,
  );
});
