import { setTimeout as sleep } from 'node:timers/promises';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { tableOf } from './support/journal';
import { eventually } from './support/ldap-logins';
import { ReplicaStorm } from './support/replica-storm';
import { type Replica, Replicas } from './support/replicas';
import { kills } from './support/storm';

/** `STORM_KILLS=60 npx jest test/replicas-storm` has ten times as many of everything. */
const rounds = Math.max(1, Math.floor(kills / 6));
const devices = 8;
/** As long as a machine hangs: longer than HAProxy and the Sentinels need to give it up. */
const hangMs = 6_000;
/** No fault keeps everybody waiting for longer: a fail-over takes two to four seconds here, and a busy machine several times as long. */
const longestGapMs = 45_000;
/** Refreshes of every device after which it is well again. */
const wellAfter = 5;

let slapd: Slapd;
let replicas: Replicas;

beforeAll(async () => {
  slapd = await startSlapd();
  const limits = { RATE_LIMIT_AUTH_MAX: '1000000', RATE_LIMIT_MAX: '1000000' };
  replicas = await Replicas.start({ STRATEGIES: 'ldap', ...slapd.variables, ...limits });
}, 180_000);
afterAll(async () => {
  await replicas?.remove();
  await slapd?.remove();
});

/** What happens to one of the machines; the others go on. */
const faults: Readonly<Record<string, (victim: Replica, storm: ReplicaStorm) => Promise<void>>> = {
  'a gateway is killed': async (victim, storm) => {
    await victim.kill();
    await storm.everybodyMoves(wellAfter);
    await victim.startAgain();
  },
  'a gateway hangs': async (victim) => {
    victim.pause();
    await sleep(hangMs);
    victim.resume();
  },
  'a gateway is replaced': async (victim) => {
    expect(await victim.stop()).toBe(0);
    await victim.startAgain();
  },
  'the primary of Redis is killed': async (_victim, storm) => {
    const primary = await replicas.redis.current();
    await primary.kill();
    await eventually(async () => (await replicas.redis.current()) !== primary, 60_000);
    await storm.everybodyMoves(wellAfter);
    await primary.startAgain();
  },
  'the primary of Redis hangs': async () => {
    const primary = await replicas.redis.current();
    primary.pause();
    await eventually(async () => (await replicas.redis.current()) !== primary, 60_000);
    primary.resume();
  },
};

/** Every fault in turn, at another gateway each time, between two times of calm. */
async function suffer(storm: ReplicaStorm): Promise<void> {
  const { gateways } = replicas;
  storm.journal.enter('calm before');
  await storm.everybodyMoves(4 * wellAfter, 10);
  for (let round = 0; round < rounds; round++) {
    for (const [n, [name, fault]] of Object.entries(faults).entries()) {
      storm.journal.enter(name);
      await fault(gateways[(round + n) % gateways.length] ?? gateways[0], storm);
      await storm.everybodyMoves(wellAfter);
    }
  }
  storm.journal.enter('calm after');
  await storm.everybodyMoves(4 * wellAfter, 10);
  storm.journal.enter('the end');
}

describe('three gateways behind HAProxy, with a Redis behind Sentinels, in a storm of logins, refreshes and checks', () => {
  it(
    'lose nothing that they acknowledged and log nobody out, whatever machine is lost, hangs or is replaced',
    async () => {
      const { url, gateways } = replicas;
      const storm = new ReplicaStorm({ url, devices, person: people.alice, visitor: people.bob });
      const { ended } = await storm.begin();
      try {
        await suffer(storm);
      } finally {
        storm.end();
        console.log(
          `${tableOf(storm.journal.phases())}\n\nacknowledged: ${JSON.stringify(storm.acknowledged)}`,
        );
        await ended;
      }
      expect(storm.wrong).toEqual([]);
      const gaps = storm.journal.phases().map((phase) => phase.longestGapMs);
      expect(Math.max(...gaps)).toBeLessThan(longestGapMs);
      for (const gateway of gateways) await storm.expectNothingLostAt(gateway.url);
      const lines = gateways.flatMap((gateway) => gateway.auditLines());
      expect(lines.filter(({ event }) => event === 'refresh_reuse')).toEqual([]);
    },
    120_000 + rounds * 240_000,
  );
});
