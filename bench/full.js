// Everything side by side in one run: the story of `npm run bench`.
const { mkdirSync } = require('node:fs');
const { join } = require('node:path');
const { watchMachine } = require('./accounting');
const { availablePeers } = require('./contenders');
const { peopleOf, startDirectory, whyNoDirectory } = require('./directory');
const { measureMemory, measureStarts } = require('./footprint');
const { forkProgram } = require('./processes');
const { startLoad, startRedis } = require('./programs');
const { measureSetup } = require('./rows');
const { chosenSections, chosenSetups, profiles, quickRows } = require('./scenarios');
const { measureAddresses, measureSessions } = require('./sizes');

const installHint = 'scripts/install-test-servers.sh installs it';

/** The servers that the programs ask: `{ directory, redis, upstream, missing, stop }`; `missing` says why one is not there. */
async function startServers(folder, { needsDirectory, progress }) {
  progress.begin('starts slapd, Redis and an HTTP service');
  const missing = {};
  const whyNone = whyNoDirectory();
  if (whyNone) missing.directory = `${whyNone}; ${installHint}`;
  const directory = whyNone || !needsDirectory ? undefined : await startDirectory(folder);
  const redis = await startRedis(folder);
  if (!redis) missing.redis = `redis-server missing; ${installHint}`;
  const upstream = forkProgram(join(__dirname, 'upstream.js'), [peopleOf('ssha')[0].password]);
  const { port } = await upstream.next();
  const stop = () => Promise.all([directory?.stop(), redis?.stop(), upstream.stop()]);
  return { directory, redis, upstreamUrl: `http://127.0.0.1:${port}`, missing, stop };
}

/** What every program of a setup is given. */
function placeOf(setup, { directory, redis, upstreamUrl }) {
  // Peers have no other source, so that they are given the cheap tree where the setup names none.
  const tree = setup.directory ?? { hash: 'ssha', isTls: false };
  return {
    ...setup.place,
    directory: directory?.place(tree),
    people: peopleOf(tree.hash),
    upstreamUrl,
    ...(setup.needs?.includes('redis') && { redisUrl: redis.url }),
  };
}

const isOver = ({ untilMs }) => performance.now() > untilMs;

async function measureSetups(setups, { servers, peers, folder, found, ...kit }) {
  for (const setup of setups) {
    if (isOver(kit)) {
      found.notes.push(
        `Not measured, since the time was up: ${setup.rows.map(({ title }) => title).join(', ')}.`,
      );
      continue;
    }
    const lacking = (setup.needs ?? []).find((name) => servers.missing[name]);
    if (lacking) {
      const titles = setup.rows.map(({ title }) => title).join(', ');
      found.notes.push(`Not measured: ${titles} (${servers.missing[lacking]}).`);
      continue;
    }
    try {
      const place = placeOf(setup, servers);
      const { rows, half, curves, notes } = await measureSetup(setup, { ...kit, folder, place, peers });
      found.rows.push(...rows);
      found.half.push(...half);
      found.curves.push(...curves);
      found.notes.push(...notes);
    } catch (error) {
      kit.progress.note(`${setup.name} failed: ${error.message}`);
      found.notes.push(`${setup.name} could not be measured to its end: ${error.message.split('\n')[0]}`);
    }
  }
}

async function measureSections(sections, { servers, peers, folder, found, ...kit }) {
  const place = placeOf({ place: { source: 'file' } }, servers);
  const profile = servers.redis ? kit.profile : { ...kit.profile, redisCounts: [] };
  const common = { ...kit, profile, place, peers };
  const steps = {
    start: async (own) => Object.assign(found, await withNotes(found, measureStarts(own))),
    memory: async (own) => Object.assign(found, await withNotes(found, measureMemory(own))),
    sessions: async (own) => found.sizes.push(...(await measureSessions(own))),
    addresses: async (own) => found.sizes.push(...(await measureAddresses(own))),
  };
  for (const section of sections) {
    const own = join(folder, section);
    mkdirSync(own);
    try {
      await steps[section]({ ...common, folder: own });
    } catch (error) {
      kit.progress.note(`${section} failed: ${error.message}`);
      found.notes.push(`${section} could not be measured: ${error.message.split('\n')[0]}`);
    }
  }
}

async function withNotes(found, measuring) {
  const { notes, ...figures } = await measuring;
  found.notes.push(...notes);
  return figures;
}

function profileOf({ isQuick, halfMs }) {
  const profile = profiles[isQuick ? 'quick' : 'full'];
  if (halfMs === undefined) return profile;
  return {
    ...profile,
    halfMs,
    slowHalfMs: halfMs,
    firstWarmMs: halfMs,
    warmMs: halfMs,
    slowWarmMs: halfMs,
    openLoopMs: halfMs,
    curveMs: halfMs,
  };
}

/**
 * Measures what is asked for. Gives `{ rows, half, curves, starts, memory, sizes, notes }`, each empty where it was not asked for,
 * and what they depend on: `{ profile, machine, peers }`.
 * @param options `{ isQuick, hasPeers, only, halfMs, mostMs }`; `only` names rows, scenarios, setups and sections, `halfMs`
 * is for all lengths, and after `mostMs` no further setup is begun
 */
async function benchAll({
  folder,
  options: { isQuick, hasPeers, only, halfMs, mostMs = Infinity },
  progress,
}) {
  const machine = watchMachine();
  const profile = profileOf({ isQuick, halfMs });
  const wanted = only ?? (isQuick ? quickRows : undefined);
  const setups = chosenSetups(wanted);
  const sections = chosenSections(wanted);
  const able = hasPeers ? availablePeers() : { peers: [], notes: [] };
  const needsDirectory = able.peers.length > 0 || setups.some(({ needs }) => needs?.includes('directory'));
  const servers = await startServers(folder, { needsDirectory, progress });
  const load = startLoad();
  const isMissing = able.peers.length > 0 && !servers.directory;
  const peers = isMissing ? [] : able.peers;
  const notes = isMissing ? ['No peer was measured, since all of them ask the directory.'] : able.notes;
  const found = { rows: [], half: [], curves: [], starts: [], memory: [], sizes: [], notes: [...notes] };
  const kit = { folder, load, peers, profile, progress, servers, found, untilMs: performance.now() + mostMs };
  try {
    // Starts and memory first, while the machine has done nothing else.
    await measureSections(sections, kit);
    await measureSetups(setups, kit);
  } finally {
    await Promise.all([load.stop(), servers.stop()]);
  }
  return {
    ...found,
    profile,
    machine: machine(),
    peers: peers.map(({ name, title, versions }) => ({ name, title, versions: versions() })),
  };
}

module.exports = { benchAll, placeOf };
