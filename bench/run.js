// npm run bench: everything side by side; npm run bench -- sessions, flood or enumeration: one thing more closely.
const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { parseArgs } = require('node:util');
const { enumerationReport, sessionsReport, table, textTable } = require('./report');
const { benchFlood } = require('./flood');
const { floodReport, floodTable } = require('./flood-report');
const { benchAll } = require('./full');
const { fullReport, summaryText } = require('./full-report');
const { plotsOf } = require('./plots');
const { benchProfile, profiled } = require('./profile');
const { profileReport, profileText } = require('./profile-report');
const { Progress } = require('./progress');
const { chosenSetups } = require('./scenarios');
const { benchSessions } = require('./sessions');

const usage = `npm run bench -- [options]                everything side by side, a quarter of an hour

  --quick              a look at it, two minutes
  --only LIST          rows, scenarios, setups (bench/scenarios.js), start, memory, sessions, addresses
  --no-peers           the gateway and its limits alone
  --seconds N          length of everything that is measured once
  --minutes N          after so long no further setup is begun, 13
  --folder, --out      as below; the plots lie in a folder beside the page

npm run bench -- sessions [options]

  --rounds N           rounds of each row, 5
  --seconds N          length of half a round, 1.2
  --connections LIST   1,16,64
  --stores LIST        embedded,redis
  --sessions N         sessions that are open, 256
  --folder PATH        where the data lies while it runs, in a folder of its own; the system's temporary folder
  --profile PATH       folder for a CPU profile of the gateway, which slows it down
  --out PATH           the page that is written, bench/results/<date>-sessions.md

npm run bench -- enumeration [--logins N] [--at-a-time N] [--folder PATH] [--out PATH]

  --logins N           refused logins of each kind, 1000
  --at-a-time N        so many at the same time, 16

npm run bench -- flood [options]

  --seconds N          length of the flood, 60
  --times N            how many times its capacity of logins the gateway is offered, 50
  --sources LIST       file,external
  --workers LIST       1,2
  --addresses N        addresses that the flood comes from, 20000
  --connections N      kept connections of the flood, 4000
  --names N            names that the flood guesses at, 1000000; with 1 the limit for each account answers nearly all of them
  --limit N            RATE_LIMIT_AUTH_MAX; above what one address sends, so that every login of the flood wants a place, 1000000
  --folder, --out      as above

npm run bench -- profile [--scenario LIST] [--seconds N] [--folder PATH] [--out PATH]

  --scenario LIST      login-ldap,refresh,verify; flame graphs lie in a folder beside the page
  --seconds N          length of the load, once for the time and once for the allocations, 8
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string' },
    times: { type: 'string', default: '50' },
    sources: { type: 'string', default: 'file,external' },
    workers: { type: 'string', default: '1,2' },
    addresses: { type: 'string', default: '20000' },
    limit: { type: 'string', default: '1000000' },
    names: { type: 'string', default: '1000000' },
    connections: { type: 'string' },
    stores: { type: 'string', default: 'embedded,redis' },
    sessions: { type: 'string', default: '256' },
    folder: { type: 'string', default: tmpdir() },
    logins: { type: 'string', default: '1000' },
    'at-a-time': { type: 'string', default: '16' },
    profile: { type: 'string' },
    scenario: { type: 'string', default: profiled.join(',') },
    out: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    minutes: { type: 'string', default: '13' },
    'no-peers': { type: 'boolean', default: false },
    help: { type: 'boolean' },
  },
});

/** @throws Error for what cannot be measured. */
function optionsFrom({ rounds, seconds = '1.2', connections = '1,16,64', stores, sessions, profile }) {
  const options = {
    rounds: Number(rounds),
    seconds: Number(seconds),
    connections: connections.split(',').map(Number),
    stores: stores.split(','),
    sessions: Number(sessions),
    profile,
  };
  const numbers = [options.rounds, options.seconds, options.sessions, ...options.connections];
  if (!numbers.every((number) => number > 0)) throw new Error('every number must be above 0');
  if (options.stores.some((store) => !['embedded', 'redis'].includes(store)))
    throw new Error('unknown store');
  // Each connection needs a session that nobody else leads on.
  if (options.sessions < Math.max(...options.connections)) throw new Error('fewer sessions than connections');
  return options;
}

/** @throws Error for what cannot be measured. */
function floodOptionsFrom({
  seconds = '60',
  times,
  sources,
  workers,
  addresses,
  connections = '4000',
  limit,
  names,
}) {
  const options = {
    seconds: Number(seconds),
    calmSeconds: 15,
    times: Number(times),
    sources: sources.split(','),
    workers: workers.split(',').map(Number),
    addresses: Number(addresses),
    connections: Number(connections),
    limit: Number(limit),
    names: Number(names),
  };
  const { seconds: length, times: factor, ...counts } = options;
  const numbers = [length, factor, counts.addresses, counts.connections, counts.limit, counts.names];
  if (![...numbers, ...options.workers].every((number) => number > 0))
    throw new Error('every number must be above 0');
  if (options.sources.some((source) => !['file', 'external'].includes(source)))
    throw new Error('unknown source');
  return options;
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  else process.stderr.write(`${text}\n`);
}

async function sessions(about) {
  const options = optionsFrom(values);
  const { rows, notes } = await benchSessions({ folder: about.folder, options, progress });
  const text = [table(rows), ...notes].join('\n\n');
  return { page: sessionsReport({ ...about, options, rows, notes }), text };
}

async function enumeration(about) {
  // Only this one needs the development libraries.
  const { benchEnumeration } = require('./enumeration');
  const options = { logins: Number(values.logins), atATime: Number(values['at-a-time']) };
  if (!(options.logins > 0 && options.atATime > 0)) throw new Error('every number must be above 0');
  const rows = await benchEnumeration({ folder: about.folder, ...options, progress });
  return { page: enumerationReport({ ...about, options, rows }), text: textTable(rows) };
}

async function flood(about) {
  const options = floodOptionsFrom(values);
  const rows = await benchFlood({ folder: about.folder, options, progress });
  return { page: floodReport({ ...about, options, rows }), text: floodTable(rows) };
}

async function profile(about) {
  const options = {
    scenarios: [...new Set(values.scenario.split(','))],
    seconds: Number(values.seconds ?? '8'),
  };
  if (!(options.seconds > 0)) throw new Error('every number must be above 0');
  const unknown = options.scenarios.filter((name) => !profiled.includes(name));
  if (unknown.length > 0)
    throw new Error(`no profile of ${unknown.join(', ')}; there are ${profiled.join(', ')}`);
  const found = await benchProfile({ folder: about.folder, options, progress });
  return { page: profileReport({ ...about, options, found }), text: profileText(found), plots: found.plots };
}

async function everything(about) {
  const only = values.only?.split(',');
  const halfMs = values.seconds === undefined ? undefined : Number(values.seconds) * 1000;
  if (halfMs !== undefined && !(halfMs > 0)) throw new Error('every number must be above 0');
  chosenSetups(only);
  const startedAtMs = performance.now();
  const line = new Progress();
  const found = await benchAll({
    folder: about.folder,
    options: {
      isQuick: values.quick,
      hasPeers: !values['no-peers'],
      only,
      halfMs,
      mostMs: Number(values.minutes) * 60_000,
    },
    progress: line,
  });
  const plots = plotsOf(found);
  const tookMs = performance.now() - startedAtMs;
  return { page: fullReport({ ...about, found, plots, tookMs }), text: summaryText(found), plots };
}

const benches = { '': everything, sessions, enumeration, flood, profile };

async function main() {
  const name = positionals.join(' ');
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (values.help || !bench) {
    process.stderr.write(usage);
    process.exitCode = values.help ? 0 : 64;
    return;
  }
  const startedAtMs = performance.now();
  const folder = mkdtempSync(join(values.folder, 'gatehouse-bench-'));
  // Also when it is interrupted.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const date = new Date().toISOString().slice(0, 10);
  const given = process.argv.slice(2);
  const command = ['npm run bench', ...(given.length > 0 ? ['--', ...given] : [])].join(' ');
  try {
    const { page, text, plots = [] } = await bench({ folder, date, command });
    progress(`done in ${Math.round((performance.now() - startedAtMs) / 1000)} s\n`);
    const own = name === '' ? date : `${date}-${name}`;
    const path = values.out ?? join(__dirname, 'results', `${own}.md`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, page);
    if (plots.length > 0) mkdirSync(join(dirname(path), own), { recursive: true });
    for (const { file, svg } of plots) writeFileSync(join(dirname(path), own, file), svg);
    process.stdout.write(`\n${text}\n\nWritten to ${path}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

main().catch((error) => {
  process.stderr.write(`\n${error.message}\n`);
  process.exit(1);
});
