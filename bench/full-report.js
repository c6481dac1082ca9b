// The page of a whole run. Pure: what was found goes in, Markdown comes out.
const { judge } = require('./aims');
const { surroundings, table } = require('./report');

const busyShare = 0.85;
/** More of the machine than that to others, and the figures are none to keep. */
const quietShare = 0.05;

const rate = (value) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1));
const spread = ({ median, least, most }, digits) =>
  `${median.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
const ms = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));

function aimsTable(found) {
  return table(judge(found), [
    ['aim', ({ title }) => title],
    ['wanted', ({ aim }) => aim],
    ['measured', ({ measured }) => measured],
    ['verdict', ({ verdict }) => verdict],
  ]);
}

function marked({ perSecond, failures, loadShare }) {
  const marks = [
    failures && `${(failures * 100).toFixed(0)} % failed`,
    loadShare > busyShare && 'generator busy',
  ];
  const note = marks.filter(Boolean).join(', ');
  return `${rate(perSecond.median)} (${rate(perSecond.least)}–${rate(perSecond.most)})${note && ` [${note}]`}`;
}

/** One line for each program of each row at these numbers of connections. */
function rowLines(rows) {
  return rows.flatMap(({ title, connections, programs, ratios }) =>
    Object.entries(programs).map(([name, program]) => ({
      title,
      connections,
      name,
      program,
      ratio: ratios[name],
    })),
  );
}

function rowsTable(rows) {
  return table(rowLines(rows), [
    ['scenario', ({ title, name }) => (name === 'gateway' ? title : '')],
    ['connections', ({ connections }) => String(connections)],
    ['program', ({ name }) => name],
    ['requests/s', ({ program }) => marked(program)],
    ['gateway ÷ this', ({ ratio }) => (ratio ? spread(ratio, 2) : '')],
    ['p50 / p99, ms', ({ program }) => `${ms(program.p50Ms)} / ${ms(program.p99Ms)}`],
    ['CPU, µs each', ({ program }) => rate(program.cpuUs)],
  ]);
}

function halfTable(half) {
  return table(half, [
    ['scenario', ({ title, program }) => (program === 'gateway' ? title : '')],
    ['program', ({ program }) => program],
    ['offered/s', ({ perSecond }) => rate(perSecond)],
    ['p50, ms', ({ p50Ms }) => ms(p50Ms)],
    ['p99, ms', ({ p99Ms }) => ms(p99Ms)],
    ['p99.9, ms', ({ p999Ms }) => ms(p999Ms)],
    ['most, ms', ({ mostMs }) => ms(mostMs)],
    ['requests', ({ count, failures }) => `${count}${failures ? `, ${failures} failed` : ''}`],
    ['generator late by p50 / p99, ms', ({ lateMs }) => `${ms(lateMs.p50)} / ${ms(lateMs.p99)}`],
    ['kept up', ({ isOverloaded }) => (isOverloaded ? 'no' : 'yes')],
  ]);
}

function startsTable(starts) {
  return table(starts, [
    ['program', ({ name }) => name],
    ['ready, s', ({ readyMs }) => spreadSeconds(readyMs)],
    ['first 200, s', ({ firstAnswerMs }) => (firstAnswerMs ? spreadSeconds(firstAnswerMs) : '')],
  ]);
}

function spreadSeconds({ median, least, most }) {
  return spread({ median: median / 1000, least: least / 1000, most: most / 1000 }, 2);
}

function memoryTable(memory) {
  return table(memory, [
    ['program', ({ name }) => name],
    ['state', ({ what }) => what],
    ['resident, MB', ({ rss }) => rss.toFixed(0)],
    ['of it no file’s, MB', ({ own }) => own.toFixed(0)],
  ]);
}

function sizesTable(sizes) {
  const lines = sizes.flatMap(({ title, sizes: list, cost }) =>
    list.map((each, index) => ({
      title: index === 0 ? title : '',
      ...each,
      cost: index === list.length - 1 && cost,
    })),
  );
  return table(lines, [
    ['what', ({ title }) => title],
    ['size', ({ size }) => size.toLocaleString('en')],
    ['requests/s', marked],
    ['p50, ms', ({ p50Ms }) => ms(p50Ms)],
    ['CPU, µs each', ({ cpuUs }) => rate(cpuUs)],
    ['cost against the smallest', ({ cost }) => (cost ? spread(cost, 2) : '')],
  ]);
}

function section(heading, rows, render) {
  return rows.length > 0 ? [`## ${heading}`, render(rows)] : [];
}

/** How much of the machine went to others while this ran. */
function machineNote({ machine: { others, stolen } }) {
  const share = (value) => `${(value * 100).toFixed(1)} %`;
  const said = `Other programs took ${share(others)} of the processors while this ran, and other machines on the same hardware ${share(stolen)}.`;
  const isQuiet = others <= quietShare && stolen <= quietShare;
  return Number.isFinite(others) && !isQuiet
    ? `${said} **The machine was not quiet: these figures are not to be kept.**`
    : said;
}

/** What is printed when the run is over. */
function summaryText(found) {
  const main = found.rows.filter(({ connections }) => connections === 64);
  return [
    aimsTable(found),
    ...(found.rows.length > 0 ? [rowsTable(main.length > 0 ? main : found.rows)] : []),
    machineNote(found),
    ...found.notes,
  ].join('\n\n');
}

function howMeasured({ profile }) {
  return (
    `Medians of ${profile.rounds} rounds at 64 connections and of ${profile.sideRounds} elsewhere (least–most), ` +
    `${profile.halfMs / 1000} s for each program in each round, all programs of a row in turns. A ratio is that of two programs in the same round, ` +
    'and the median of those. All programs, the directory and the load generator share the processors. Processor time is that of the program ' +
    'and its children, without slapd and Redis. What is acknowledged is on disk: LMDB by group commit, Redis by `appendfsync always`. ' +
    '`directory-bytes` and `directory-ldapts` are no servers but ask the directory themselves, with the operations of a login. ' +
    'An open loop offers requests at a fixed rate, and counts a latency from when the request was due.'
  );
}

function generatorNote({ rows }) {
  const shares = rows.flatMap(({ title, connections, programs }) =>
    Object.entries(programs)
      .filter(([name]) => !name.startsWith('directory-'))
      .map(([name, { loadShare }]) => ({
        where: `${title}, ${name}, ${connections} connections`,
        loadShare,
      })),
  );
  if (shares.length === 0) return [];
  const most = shares.reduce((a, b) => (b.loadShare > a.loadShare ? b : a));
  const busy = shares.filter(({ loadShare }) => loadShare > busyShare);
  const limits = busy.length > 0 ? ` Where it says “generator busy”, the generator may be the limit.` : '';
  return [
    `The load generator was busy for at most ${Math.round(most.loadShare * 100)} % of one processor (${most.where}).${limits}`,
  ];
}

/** The whole page. `command` is what one types to get it again; `plots` are the files beside it. */
function fullReport({ date, command, found, plots, folder, tookMs }) {
  const versions = found.peers.map(
    ({ name, title, versions: list }) =>
      `- ${name}: ${title}${list.length > 0 ? ` (${list.join(', ')})` : ''}`,
  );
  return [
    `# Everything side by side, ${date}`,
    `\`${command}\`, ${Math.round(tookMs / 1000)} s`,
    [...surroundings(folder), ...versions].join('\n'),
    machineNote(found),
    '## Aims',
    aimsTable(found),
    ...plots.map(({ file, title }) => `![${title}](${date}/${file})`),
    ...section('Throughput', found.rows, rowsTable),
    ...section('Latency at half load', found.half, halfTable),
    ...section('Start', found.starts, startsTable),
    ...section('Memory', found.memory, memoryTable),
    ...section('Cost over size', found.sizes, sizesTable),
    '## How this was measured',
    howMeasured(found),
    ...generatorNote(found),
    ...(found.notes.length > 0 ? [found.notes.map((note) => `- ${note}`).join('\n')] : []),
  ]
    .join('\n\n')
    .concat('\n');
}

module.exports = { fullReport, machineNote, summaryText };
