// Who takes part: the gateway, its limit program, the directory itself, and the peers that can run here.
const { mkdirSync } = require('node:fs');
const { join } = require('node:path');
const gateway = require('./gateway/peer');
const ceilings = require('./limits/ceiling');
const limit = require('./limits/peer');

/** The peers of bench/peers; none where that folder has no programs. */
function allPeers() {
  try {
    return require('./peers');
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return [];
    throw error;
  }
}

/** `{ peers, notes }`: those that can run here, and why others cannot. */
function availablePeers() {
  const reasons = allPeers().map((peer) => ({ peer, reason: peer.available() }));
  return {
    peers: reasons.filter(({ reason }) => reason === undefined).map(({ peer }) => peer),
    notes: reasons
      .filter(({ reason }) => reason !== undefined)
      .map(({ peer, reason }) => `${peer.title} was not measured: ${reason}.`),
  };
}

/** Which modules take part in a setup. */
function modulesOf(setup, peers) {
  const asked = setup.rows.map(({ scenario }) => scenario);
  const isLdap = asked.includes('login-ldap') && !setup.withoutCeiling;
  const able = setup.withoutPeers
    ? []
    : peers.filter(({ scenarios }) => scenarios.some((each) => asked.includes(each)));
  return [gateway, limit, ...(isLdap ? ceilings : []), ...able];
}

/**
 * Starts everybody of a setup. Whoever does not start is left out, and a note says why; but the gateway and the limit must.
 * @param place what all are given, without the folder
 */
async function startContenders(setup, { folder, place, peers, profile, progress }) {
  const contenders = [];
  const notes = [];
  for (const module of modulesOf(setup, peers)) {
    progress.begin(`${setup.name}: starts ${module.name}`);
    const own = join(folder, setup.name, module.name);
    mkdirSync(own, { recursive: true });
    const scenarios = setup.rows
      .map(({ scenario }) => scenario)
      .filter((each) => module.scenarios.includes(each));
    try {
      const program = await module.start({ ...place, folder: own, scenarios, clients: profile.clients });
      contenders.push({ name: module.name, module, program });
    } catch (error) {
      if (module === gateway || module === limit) throw error;
      notes.push(`${module.name} did not start for ${setup.name}: ${error.message.split('\n')[0]}`);
    }
  }
  return { contenders, notes, stop: () => Promise.all(contenders.map(({ program }) => program.stop())) };
}

/** Makes the clients of everybody who knows the scenario of a row. */
async function openClients(load, contenders, { row, clients }) {
  const able = contenders.filter(({ module }) => module.scenarios.includes(row.scenario));
  const entries = [];
  for (const { name, module, program } of able) {
    const clientsId = `${name} ${row.id}`;
    const { requests } = module;
    const state = program.states[row.scenario];
    if (requests)
      await load.run({ step: 'open', id: clientsId, requests, scenario: row.scenario, state, clients });
    entries.push({ name, module, program, clientsId });
  }
  return entries;
}

module.exports = { availablePeers, openClients, startContenders };
