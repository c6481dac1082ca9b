// The limit programs as the bench starts them; see bench/peers/README.md. They take the same `place` as the gateway.
const { mkdirSync } = require('node:fs');
const { join } = require('node:path');
const { availableParallelism } = require('node:os');
const gateway = require('../gateway/peer');
const { forkProgram } = require('../processes');
const { scryptCosts } = require('../programs');

async function start({ folder, hasCheapHashes = true, workers = 1, ...place }) {
  mkdirSync(folder, { recursive: true });
  const options = {
    source: 'file',
    ...place,
    folder: join(folder, 'records'),
    workers: workers === 'auto' ? availableParallelism() : workers,
    cost: scryptCosts[hasCheapHashes ? 'cheap' : 'usual'],
  };
  const child = forkProgram(join(__dirname, 'program.js'), [JSON.stringify(options)]);
  const { port, sessions: tokens } = await child.next();
  const state = { people: place.people, tokens };
  const states = Object.fromEntries(place.scenarios.map((scenario) => [scenario, state]));
  return { name: 'limit', pid: child.pid, pids: [child.pid], port, tokens, states, stop: child.stop };
}

/** For the bench of refreshes alone: the limit program with so many sessions. */
function startLimit({ folder, sessions, redisUrl, scenarios }) {
  return start({ folder: join(folder, 'limit'), scenarios, clients: sessions, redisUrl, people: [] });
}

module.exports = {
  name: 'limit',
  title: 'a bare node:http program that does only the unavoidable (bench/limits)',
  scenarios: gateway.scenarios,
  requests: gateway.requests,
  versions: () => [],
  available: () => undefined,
  start,
  startLimit,
};
