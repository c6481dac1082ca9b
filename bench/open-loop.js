// Latency at a given load: requests fall due at a fixed rate, whatever becomes of the ones before (see load/rounds.js).

const connections = 64;
/** Of the capacity. At its end queues grow without end, so the curve stops before. */
const shares = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

async function measureAt({ load, entry, perSecond, ms }) {
  const { program, clientsId: id } = entry;
  const task = { step: 'open-loop', id, port: program.port, connections, perSecond, ms };
  const result = await load.run(task);
  const { p50Ms, p99Ms, p999Ms, mostMs, count, failures, lateMs, isOverloaded, loadShare } = result;
  return { perSecond, p50Ms, p99Ms, p999Ms, mostMs, count, failures, lateMs, isOverloaded, loadShare };
}

/** At half of what the program can do. */
async function measureHalf({ load, entry, row, capacity, profile, progress }) {
  progress.begin(`${row.title}, ${entry.name}: latency at half load`);
  const at = await measureAt({ load, entry, perSecond: capacity / 2, ms: profile.openLoopMs });
  return { id: row.id, title: row.title, program: entry.name, capacity, ...at };
}

/** From a tenth of what the program can do to nine tenths. */
async function measureCurve({ load, entry, row, capacity, profile, progress }) {
  progress.begin(`${row.title}, ${entry.name}: latency over load`);
  const points = [];
  for (const share of shares) {
    progress.detail(`${Math.round(share * 100)} %`);
    points.push({
      share,
      ...(await measureAt({ load, entry, perSecond: capacity * share, ms: profile.curveMs })),
    });
  }
  return { id: row.id, title: row.title, program: entry.name, capacity, points };
}

module.exports = { measureCurve, measureHalf };
