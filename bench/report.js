const { execFileSync } = require('node:child_process');
const { statfsSync } = require('node:fs');
const os = require('node:os');

const fileSystems = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x01021994: 'tmpfs',
  0x794c7630: 'overlay',
};

const columns = [
  ['store', ({ store }) => store],
  ['connections', ({ connections }) => String(connections)],
  ['gateway, refreshes/s', ({ gateway }) => spread(gateway.perSecond, 0)],
  ['limit, refreshes/s', ({ limit }) => spread(limit.perSecond, 0)],
  ['ratio', ({ ratio }) => spread(ratio, 2)],
  ['gateway p50 / p99, ms', ({ gateway }) => `${gateway.p50Ms.toFixed(2)} / ${gateway.p99Ms.toFixed(2)}`],
  ['limit p50 / p99, ms', ({ limit }) => `${limit.p50Ms.toFixed(2)} / ${limit.p99Ms.toFixed(2)}`],
  [
    'CPU per refresh, µs',
    ({ gateway, limit }) => `${gateway.cpuUs.toFixed(0)}, limit ${limit.cpuUs.toFixed(0)}`,
  ],
];

function spread({ median, least, most }, digits) {
  return `${median.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

/** A Markdown table whose columns also stand in line as plain text. */
function table(rows, columnsOf = columns) {
  const titles = columnsOf.map(([title]) => title);
  return aligned([titles, ...rows.map((row) => columnsOf.map(([, of]) => of(row)))]);
}

function aligned(cells) {
  const widths = cells[0].map((_, index) => Math.max(...cells.map((line) => line[index].length)));
  const lines = cells.map(
    (line) => `| ${line.map((text, index) => text.padEnd(widths[index])).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function versionOf(command, ...args) {
  try {
    return execFileSync(command, args, { encoding: 'utf8' }).trim();
  } catch {
    return 'not there';
  }
}

/** What the figures depend on besides the code. */
function surroundings(folder) {
  const cpus = os.cpus();
  const redis = /v=(\S+)/.exec(versionOf('redis-server', '--version'))?.[1] ?? 'not installed';
  const load = os.loadavg().map((value) => value.toFixed(1));
  return [
    `- ${cpus.length} × ${cpus[0]?.model.trim() ?? 'unknown processor'}, ${(os.totalmem() / 1024 ** 3).toFixed(0)} GB of memory`,
    `- ${os.type()} ${os.release()} ${os.arch()}, data on ${fileSystems[statfsSync(folder).type] ?? 'another file system'}`,
    `- Node ${process.version}, Redis ${redis}, commit ${versionOf('git', 'rev-parse', '--short', 'HEAD')}`,
    `- load average at the end (1, 5, 15 min): ${load.join(', ')}`,
  ];
}

/** The whole page. `command` is what one types to get it again. */
function sessionsReport({ date, command, options, rows, notes, folder }) {
  const busiest = Math.max(...rows.flatMap(({ gateway, limit }) => [gateway.loadShare, limit.loadShare]));
  const durable =
    'Both programs have every change on disk before they answer: LMDB by group commit, Redis by `appendfsync always`.';
  return [
    `# Refreshes, ${date}`,
    `\`${command}\``,
    surroundings(folder).join('\n'),
    table(rows),
    `Medians of ${options.rounds} rounds of ${options.seconds} s (least–most); gateway and limit take turns, over ${options.sessions} sessions each. ` +
      'The ratio is that of the two halves of a round. ' +
      `The limit is \`bench/limits/refresh.js\`. ${durable} ` +
      `The load generator was busy for at most ${(busiest * 100).toFixed(0)} % of one processor.`,
    ...notes,
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

const timingTitles = [
  'source',
  'refusals are answered',
  'kind',
  'median, ms',
  'p90, ms',
  'Δ median (95 %), ms',
  'AUC',
];

/** Rows of texts, as the bench of refused logins gives them. */
function textTable(rows) {
  return aligned([timingTitles, ...rows]);
}

function enumerationReport({ date, command, options, rows, folder }) {
  return [
    `# Refused logins, ${date}`,
    `\`${command}\``,
    surroundings(folder).join('\n'),
    textTable(rows),
    `${options.logins} logins of each kind in random order, ${options.atATime} at a time, over LDAPS; each gateway starts without having learnt anything. Every kind is compared ` +
      'with unknown names. AUC is how often somebody with one login of each kind would guess right: 0.5 is a coin, 1 is always. Other work ran on the machine.',
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

module.exports = { enumerationReport, sessionsReport, surroundings, table, textTable };
