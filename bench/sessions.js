// How many refreshes a second one gateway process serves, side by side with a bare program that does only the unavoidable.
const { cpuMsOf } = require('./accounting');
const { requests } = require('./gateway/peer');
const { startLimit } = require('./limits/peer');
const { describe } = require('./measure');
const { startGateway, startLoad, startRedis } = require('./programs');
const { summary } = require('./statistics');

async function measure(load, program, { connections, ms }) {
  const cpuBeforeMs = cpuMsOf([program.pid]);
  const result = await load.run({ step: 'closed', id: program.name, port: program.port, connections, ms });
  if (result.failures > 0) throw new Error(`${program.name}: ${result.firstFailure}`);
  return {
    perSecond: (result.count * 1000) / result.elapsedMs,
    cpuUs: ((cpuMsOf([program.pid]) - cpuBeforeMs) * 1000) / result.count,
    loadShare: result.loadShare,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
  };
}

/** The clients live in the load generator, so that their sessions go on where they are. */
function openClients(load, { name, tokens }) {
  const state = { tokens };
  return load.run({ step: 'open', id: name, requests, scenario: 'refresh', state, clients: tokens.length });
}

/** Gateway, limit, gateway, limit …: what disturbs the machine for a while disturbs both. */
async function compare({ load, gateway, limit, options, connections, progress }) {
  const task = { connections, ms: options.seconds * 1000 };
  const rounds = [];
  for (let number = 1; number <= options.rounds; number++) {
    const pair = [await measure(load, gateway, task), await measure(load, limit, task)];
    rounds.push(pair);
    const [ours, bare] = pair.map(({ perSecond }) => Math.round(perSecond));
    progress(`${connections} connections, round ${number} of ${options.rounds}: ${ours}/s, limit ${bare}/s`);
  }
  return {
    connections,
    gateway: describe(rounds.map(([ours]) => ours)),
    limit: describe(rounds.map(([, bare]) => bare)),
    ratio: summary(rounds.map(([ours, bare]) => ours.perSecond / bare.perSecond)),
  };
}

async function measureStore({ store, folder, options, redisUrl, load, progress }) {
  const place = { folder, sessions: options.sessions, redisUrl, profileFolder: options.profile };
  progress(`${store}: opens ${options.sessions} sessions in each program`);
  const [gateway, limit] = [
    await startGateway(place),
    await startLimit({ ...place, scenarios: ['refresh'] }),
  ];
  const say = (text) => progress(`${store}: ${text}`);
  try {
    say('warms up');
    const most = Math.max(...options.connections);
    for (const program of [gateway, limit]) {
      await openClients(load, program);
      await measure(load, program, { connections: most, ms: options.seconds * 2000 });
    }
    const rows = [];
    for (const connections of options.connections) {
      rows.push({ store, ...(await compare({ load, gateway, limit, options, connections, progress: say })) });
    }
    return rows;
  } finally {
    await Promise.all([gateway.stop(), limit.stop()]);
  }
}

/** Rows for each store and number of connections, and what could not be measured. */
async function benchSessions({ folder, options, progress }) {
  const load = startLoad();
  const redis = options.stores.includes('redis') ? await startRedis(folder) : undefined;
  const rows = [];
  try {
    if (options.stores.includes('embedded')) {
      const place = { store: 'embedded', folder: `${folder}/embedded`, redisUrl: undefined };
      rows.push(...(await measureStore({ ...place, options, load, progress })));
    }
    if (redis) {
      const place = { store: 'redis', folder: `${folder}/with-redis`, redisUrl: redis.url };
      rows.push(...(await measureStore({ ...place, options, load, progress })));
    }
  } finally {
    await Promise.all([load.stop(), redis?.stop()]);
  }
  const isMissing = options.stores.includes('redis') && !redis;
  return { rows, notes: isMissing ? ['Redis was not measured: redis-server is not installed.'] : [] };
}

module.exports = { benchSessions };
