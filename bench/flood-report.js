const { surroundings, table } = require('./report');
const { quantile } = require('./statistics');

const percent = (share) => `${Math.round(share * 100)} %`;
const pair = ({ p50Ms, p99Ms }) => `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)}`;

/** A p99 of /verify in the flood of at most so many times the calm one. */
const mostRatio = 2;
/** Memory at the end of the flood of at most so many times that at its half: it has stopped growing. */
const mostGrowth = 1.2;

/** Whether a row reaches the aim; one without answers does not. */
function reachesAim({ ratio, flooded, rssHalf, rssPeak }) {
  const allAnswered = Object.keys(flooded.byStatus).every((status) => status === '200');
  return ratio <= mostRatio && allAnswered && rssPeak <= rssHalf * mostGrowth;
}

const columns = [
  ['source', ({ name }) => name],
  ['capacity, logins/s', ({ capacity }) => capacity.toFixed(1)],
  [
    'offered / sent, logins/s',
    ({ offered }) => `${rate(offered.offered, offered)} / ${rate(offered.sent, offered)}`,
  ],
  ['verify p50 / p99 calm, ms', ({ calm }) => pair(calm)],
  ['verify p50 / p99 in the flood, ms', ({ flooded }) => pair(flooded)],
  ['ratio of p99', ({ ratio }) => ratio.toFixed(1)],
  [
    'control p50 / p99 calm, in the flood, ms',
    ({ control }) => `${pair(control.calm)}, ${pair(control.flooded)}`,
  ],
  ['ratio of the control', ({ control }) => control.ratio.toFixed(1)],
  ['aim reached', (row) => (reachesAim(row) ? 'yes' : 'no')],
  [
    'memory before / half-way / peak / after, MB',
    ({ rssBefore, rssHalf, rssPeak, rssAfter }) =>
      [rssBefore, rssHalf, rssPeak, rssAfter].map(Math.round).join(' / '),
  ],
  ['CPU gateway, load', ({ gatewayCpu, loadCpu }) => `${percent(gatewayCpu)}, ${percent(loadCpu)}`],
];

function rate(count, { elapsedMs }) {
  return Math.round((count * 1000) / elapsedMs);
}

function floodTable(rows) {
  return table(rows, columns);
}

function answersOf({ name, offered, flooded, honest, after }) {
  const statuses = Object.entries(offered.byStatus).map(([status, count]) => {
    const latencies = offered.latenciesMs[status] ?? [];
    return `${count} × ${status} (p50 ${quantile(latencies, 0.5).toFixed(0)} ms, p99 ${quantile(latencies, 0.99).toFixed(0)} ms)`;
  });
  const verified = Object.entries(flooded.byStatus).map(([status, count]) => `${count} × ${status}`);
  return (
    `- ${name}: the flood got ${statuses.join(', ')}; ${offered.notSent} found no free connection. \`/verify\` got ${verified.join(', ')}. ` +
    `Honest logins, one a second from an address each: ${honest.served} of ${honest.tries} at the first try; after the flood ${after}.`
  );
}

/** The whole page. `command` is what one types to get it again. */
function floodReport({ date, command, options, rows, folder }) {
  return [
    `# A flood of logins, ${date}`,
    `\`${command}\``,
    surroundings(folder).join('\n'),
    floodTable(rows),
    rows.map(answersOf).join('\n'),
    `Logins at ${options.times} times the capacity for ${options.seconds} s, open loop, from ${options.addresses} addresses at ${options.names} names over ${options.connections} kept connections of a ` +
      `trusted proxy, RATE_LIMIT_AUTH_MAX=${options.limit}. \`/verify\` is asked 50 times a second over connections of its own. ` +
      'The source `file` checks passwords with the cost of new ones; `external` is a service that takes 200 ms. ' +
      'Gateway, load generator and probes share the processors, so that part of what is late is the measurement itself: the control is a bare ' +
      'node:http server that looks at nothing, in the same flood (`bench/limits/flood.js`). ' +
      'Shares of CPU are of one processor. ' +
      `The aim: a p99 of /verify of at most ${mostRatio} times the calm one, every question answered 200, and memory that grows by less than ` +
      `${Math.round((mostGrowth - 1) * 100)} % in the second half.`,
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

module.exports = { floodReport, floodTable };
