// What a request costs over how much the gateway remembers: refreshes over the number of sessions, requests over the number of addresses
// that its limits know. A gateway for each size, all there at the same time and asked in turns.
const { execFileSync } = require('node:child_process');
const { mkdirSync } = require('node:fs');
const { join } = require('node:path');
const { requests } = require('./gateway/peer');
const { compare, measureOnce } = require('./measure');
const { forkProgram } = require('./processes');
const { settingsOf, spawnGateway, startRedis } = require('./programs');

const connections = 64;
/** Of the sessions, those that are led on: enough that they lie all over the store. */
const sampledSessions = 16_384;
const userCount = 4;
const warmRequests = 5000;

/** A gateway over a store with so many sessions; `program.tokens` are the refresh tokens of a part of them. */
async function startFilled({ folder, count, redisUrl, sample = sampledSessions }) {
  mkdirSync(folder, { recursive: true });
  const place = { folder, redisUrl, userCount };
  const env = settingsOf(folder, place);
  const task = JSON.stringify({ env, count, sample: Math.min(count, sample) });
  const filler = forkProgram(join(__dirname, 'fill.js'), [task]);
  const { tokens } = await filler.next();
  const program = await spawnGateway(place);
  return { program, state: { tokens: tokens.map((refresh) => ({ refresh })) } };
}

async function startWithAddresses({ folder, count }) {
  const remaining = 1_000_000 - 1;
  const env = {
    TRUSTED_PROXIES: '127.0.0.1',
    RATE_LIMIT_MAX_KEYS: '2000000',
    BENCH_ADDRESSES: String(count),
  };
  const nodeArgs = ['--require', join(__dirname, 'fill-addresses.js')];
  return { program: await spawnGateway({ folder, userCount, nodeArgs, env }), state: { count, remaining } };
}

/** As many requests for each size, or what is compiled by then would be what is measured; within a bounded time. */
async function warmUp(load, contender, { warmMs }) {
  const untilMs = performance.now() + 10 * warmMs;
  for (let asked = 0; asked < warmRequests && performance.now() < untilMs;)
    asked += (await measureOnce(load, contender, { connections, ms: warmMs })).count;
}

/** Cost over size: `{ sizes: [{ size, perSecond, cpuUs, p50Ms }], cost }`, where `cost` is of the largest against the smallest. */
async function measureSizes({ title, scenario, starts, load, profile, progress }) {
  const contenders = [];
  try {
    for (const { size, start } of starts) {
      progress.begin(`${title}: fills ${size.toLocaleString('en')}`);
      const { program, state } = await start();
      const clientsId = `${title} ${size}`;
      contenders.push({ name: String(size), program, clientsId });
      await load.run({ step: 'open', id: clientsId, requests, scenario, state, clients: profile.clients });
    }
    // What was filled in is on disk before anything is measured, and not written beside it.
    execFileSync('sync');
    for (const contender of contenders) await warmUp(load, contender, profile);
    progress.begin(`${title}: measures`);
    const onHalf = ({ round, rounds, name, perSecond }) =>
      progress.detail(`round ${round} of ${rounds}, ${name}: ${Math.round(perSecond)}/s`);
    const plan = { connections, rounds: profile.sizeRounds, ms: profile.halfMs, onHalf };
    return sizesOf(title, await compare(load, contenders, plan));
  } finally {
    await Promise.all(contenders.map(({ program }) => program.stop()));
    for (const { clientsId: id } of contenders) await load.run({ step: 'forget', id });
  }
}

function sizesOf(title, { programs, ratios }) {
  const sizes = Object.entries(programs).map(([size, found]) => ({ size: Number(size), ...found }));
  // The smallest is the first: how often its rate is the largest's is how much a request costs there.
  return { title, sizes, cost: ratios[String(sizes.at(-1).size)] };
}

/** Refreshes over the number of sessions, embedded and, where there is one, in Redis. */
async function measureSessions({ folder, load, profile, progress }) {
  const common = { scenario: 'refresh', load, profile, progress };
  const starts = profile.sessionCounts.map((count) => ({
    size: count,
    start: () => startFilled({ folder: join(folder, `sessions-${count}`), count }),
  }));
  const found = [await measureSizes({ ...common, title: 'refresh over sessions, embedded', starts })];
  if (profile.redisCounts.length > 0) {
    const servers = [];
    const startOver = async (count) => {
      const own = join(folder, `redis-${count}`);
      mkdirSync(own, { recursive: true });
      const redis = await startRedis(own);
      servers.push(redis);
      return startFilled({ folder: join(own, 'gateway'), count, redisUrl: redis.url });
    };
    const overRedis = profile.redisCounts.map((count) => ({ size: count, start: () => startOver(count) }));
    try {
      found.push(await measureSizes({ ...common, title: 'refresh over sessions, Redis', starts: overRedis }));
    } finally {
      await Promise.all(servers.map((redis) => redis.stop()));
    }
  }
  return found;
}

/** Requests that are counted by their address, over the number of addresses that have been counted. */
async function measureAddresses({ folder, load, profile, progress }) {
  const starts = profile.addressCounts.map((count) => ({
    size: count,
    start: () => startWithAddresses({ folder: join(folder, `addresses-${count}`), count }),
  }));
  const title = 'requests over counted addresses';
  return [await measureSizes({ title, scenario: 'addresses', starts, load, profile, progress })];
}

module.exports = { measureAddresses, measureSessions, startFilled };
