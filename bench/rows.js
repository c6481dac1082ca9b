// The rows of a setup: everybody at every number of connections, and the latency of an open loop where the row asks for it.
const { openClients, startContenders } = require('./contenders');
const { compare, measureOnce } = require('./measure');
const { measureCurve, measureHalf } = require('./open-loop');

const isOwn = ({ name }) => name === 'gateway' || name === 'limit' || name.startsWith('directory-');

/** The aims are about so many. */
const mainConnections = 64;

function whoAt(connections, entries, row, profile) {
  const ofPeers = row.peerConnections ?? profile.peerConnections;
  return entries.filter((entry) => isOwn(entry) || ofPeers.includes(connections));
}

async function measureRow({ load, entries, row, isFirst, profile, progress }) {
  const ms = row.isSlow ? profile.slowHalfMs : profile.halfMs;
  const levels = row.connections?.filter((n) => profile.connections.includes(n)) ?? profile.connections;
  const wanted = levels.length > 0 ? levels : row.connections;
  for (const entry of entries) {
    progress.detail(`warms ${entry.name} up`);
    await measureOnce(load, entry, {
      connections: Math.max(...wanted.filter((n) => n <= mainConnections)),
      ms: row.isSlow ? profile.slowWarmMs : isFirst ? profile.firstWarmMs : profile.warmMs,
    });
  }
  const results = [];
  for (const connections of wanted) {
    progress.begin(`${row.title}, ${connections} connection${connections === 1 ? '' : 's'}`);
    const rounds =
      connections === mainConnections || wanted.length === 1 ? profile.rounds : profile.sideRounds;
    const onHalf = ({ round, name, perSecond }) =>
      progress.detail(`round ${round} of ${rounds}, ${name} ${Math.round(perSecond)}/s`);
    const who = whoAt(connections, entries, row, profile);
    const { id, title, scenario } = row;
    results.push({
      id,
      title,
      scenario,
      connections,
      ...(await compare(load, who, { connections, rounds, ms, onHalf })),
    });
  }
  return results;
}

async function measureOpenLoop({ load, entries, row, rows, profile, progress }) {
  const own = entries.filter(({ name }) => name === 'gateway' || name === 'limit');
  const capacityOf = (name) =>
    rows.at(rows.findIndex((one) => one.connections === mainConnections)).programs[name].perSecond.median;
  const common = { load, row, profile, progress };
  const half = [];
  const curves = [];
  for (const entry of own)
    half.push(await measureHalf({ ...common, entry, capacity: capacityOf(entry.name) }));
  if (row.openLoop === 'curve')
    for (const entry of own)
      curves.push(await measureCurve({ ...common, entry, capacity: capacityOf(entry.name) }));
  return { half, curves };
}

/** `{ rows, half, curves, notes }` of a setup. Everything is stopped when this ends, however it does. */
async function measureSetup(setup, { folder, load, place, peers, profile, progress }) {
  const { contenders, notes, stop } = await startContenders(setup, {
    folder,
    place,
    peers,
    profile,
    progress,
  });
  const found = { rows: [], half: [], curves: [], notes };
  try {
    for (const row of setup.rows) {
      progress.begin(row.title);
      const entries = await openClients(load, contenders, { row, clients: profile.clients });
      // What all requests share is compiled by then.
      const isFirst = row === setup.rows[0];
      const rows = await measureRow({ load, entries, row, isFirst, profile, progress });
      found.rows.push(...rows);
      if (row.openLoop) {
        const { half, curves } = await measureOpenLoop({ load, entries, row, rows, profile, progress });
        found.half.push(...half);
        found.curves.push(...curves);
      }
      for (const { clientsId } of entries) await load.run({ step: 'forget', id: clientsId });
    }
  } finally {
    await stop();
  }
  return found;
}

module.exports = { mainConnections, measureSetup };
