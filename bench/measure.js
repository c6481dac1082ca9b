// Rounds in turns: A B C A B C …, so that what disturbs the machine for a while disturbs all of them.
const { cpuMsOf } = require('./accounting');
const { median, summary } = require('./statistics');

/** More of them than that, and a row is not what it says. */
const mostFailures = 0.01;

/** Asks a program for a while. `ask` is run(…) of the load generator or of the program itself. */
async function measureOnce(load, contender, { connections, ms }) {
  const { program, clientsId: id } = contender;
  const cpuBeforeMs = cpuMsOf(program.pids);
  const result = program.run
    ? await program.run({ connections, ms })
    : await load.run({ step: 'closed', id, port: program.port, connections, ms });
  const cpuUs = ((cpuMsOf(program.pids) - cpuBeforeMs) * 1000) / result.count;
  return { ...result, cpuUs, perSecond: (result.count * 1000) / result.elapsedMs };
}

/** Of the rounds of one program. */
function describe(results) {
  const of = (name) => results.map((result) => result[name]);
  const sum = (name) => of(name).reduce((total, value) => total + value, 0);
  const failures = (sum('failures') || 0) / (sum('failures') + sum('count'));
  return {
    perSecond: summary(of('perSecond')),
    cpuUs: median(of('cpuUs')),
    loadShare: Math.max(...of('loadShare')),
    p50Ms: median(of('p50Ms')),
    p99Ms: median(of('p99Ms')),
    ...(failures > mostFailures && {
      failures,
      firstFailure: results.find(({ firstFailure }) => firstFailure)?.firstFailure,
    }),
  };
}

/**
 * The first contender beside the others. A ratio is that of the first to another in the same round.
 * @param contenders `[{ name, program, clientsId }]`
 * @param onHalf told after each half of a round
 */
async function compare(load, contenders, { connections, rounds, ms, onHalf }) {
  const results = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      const result = await measureOnce(load, contender, { connections, ms });
      results.get(contender.name).push(result);
      onHalf({ round, rounds, name: contender.name, perSecond: result.perSecond });
    }
  }
  return comparisonOf(results);
}

/** From the results of each contender, round by round. */
function comparisonOf(results) {
  const [[, ours], ...others] = results;
  const ratioTo = (theirs) => summary(ours.map(({ perSecond }, n) => perSecond / theirs[n].perSecond));
  return {
    programs: Object.fromEntries(Array.from(results, ([name, list]) => [name, describe(list)])),
    ratios: Object.fromEntries(others.map(([name, list]) => [name, ratioTo(list)])),
  };
}

module.exports = { compare, comparisonOf, describe, measureOnce };
