// npm run bench -- sessions [--rounds N] [--seconds N] [--connections 1,16,64] [--stores embedded,redis] [--sessions N]
//                           [--folder PATH] [--profile PATH] [--out PATH]
const { mkdirSync, mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { parseArgs } = require('node:util');
const { sessionsReport, table } = require('./report');
const { benchSessions } = require('./sessions');

const usage = `npm run bench -- sessions [options]

  --rounds N           rounds of each row, 5
  --seconds N          length of half a round, 1.2
  --connections LIST   1,16,64
  --stores LIST        embedded,redis
  --sessions N         sessions that are open, 256
  --folder PATH        where the data lies while it runs, in a folder of its own; the system's temporary folder
  --profile PATH       folder for a CPU profile of the gateway, which slows it down
  --out PATH           the page that is written, bench/results/<date>-sessions.md
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1.2' },
    connections: { type: 'string', default: '1,16,64' },
    stores: { type: 'string', default: 'embedded,redis' },
    sessions: { type: 'string', default: '256' },
    folder: { type: 'string', default: tmpdir() },
    profile: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean' },
  },
});

/** @throws Error for what cannot be measured. */
function optionsFrom({ rounds, seconds, connections, stores, sessions, profile }) {
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

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
  else process.stderr.write(`${text}\n`);
}

async function main() {
  if (values.help || positionals.join(' ') !== 'sessions') {
    process.stderr.write(usage);
    process.exitCode = values.help ? 0 : 64;
    return;
  }
  const options = optionsFrom(values);
  const startedAtMs = performance.now();
  const folder = mkdtempSync(join(values.folder, 'gatehouse-bench-'));
  try {
    const { rows, notes } = await benchSessions({ folder, options, progress });
    const seconds = Math.round((performance.now() - startedAtMs) / 1000);
    progress(`done in ${seconds} s\n`);
    const date = new Date().toISOString().slice(0, 10);
    const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
    const page = sessionsReport({ date, command, options, rows, notes, folder });
    const path = values.out ?? join(__dirname, 'results', `${date}-sessions.md`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, page);
    process.stdout.write(
      `\n${table(rows)}\n\n${notes.map((note) => `${note}\n`).join('')}Written to ${path}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  process.stderr.write(`\n${error.message}\n`);
  process.exit(1);
});
