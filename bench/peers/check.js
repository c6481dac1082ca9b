// Starts each peer, or those that are named, against a slapd, and asks it for each of its scenarios for a while.
//   node bench/peers/check.js [--clients 8] [--seconds 1] [name …]
// What it counts says that they work, not how fast they are: it opens a connection for each request and shares their machine.
const { mkdtempSync, mkdirSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
const { startDirectory, whyNoDirectory } = require('../directory');
const { ask } = require('./ask');
const peers = require('./index');

const { values, positionals: names } = parseArgs({
  options: { clients: { type: 'string', default: '8' }, seconds: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const clients = Number(values.clients);
const roundMs = Number(values.seconds) * 1000;

/** How many answers a second were right. @throws Error for the first that was not */
async function roundOf(program, make) {
  const untilMs = performance.now() + roundMs;
  let count = 0;
  const use = async (client) => {
    for (; performance.now() < untilMs; count++) client.take(await ask(program.port, client.next()));
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => use(make(index))));
  return Math.round((count / roundMs) * 1000);
}

async function show(peer, place) {
  const startedMs = performance.now();
  const program = await peer.start(place);
  console.log(`  started and checked in ${Math.round(performance.now() - startedMs)} ms`);
  try {
    const make = require(peer.requests);
    for (const name of place.scenarios)
      console.log(
        `  ${name.padEnd(14)} ${await roundOf(program, (index) => make[name](program.states[name], index))} a second`,
      );
  } finally {
    await program.stop();
  }
}

/** Once with LDAP and once with LDAPS, where it asks the directory. */
async function showPeer(peer, { parent, directory }) {
  const reason = peer.available();
  if (reason) return console.log(`${peer.name} was not started: ${reason}`);
  console.log(`${peer.name}: ${peer.versions().join(', ')}`);
  const people = directory.people('ssha');
  for (const isTls of peer.scenarios.includes('login-ldap') ? [false, true] : [false]) {
    const folder = join(parent, `${peer.name}-${isTls ? 'ldaps' : 'ldap'}`);
    mkdirSync(folder);
    const place = { directory: directory.place({ hash: 'ssha', isTls }), people, clients };
    await show(peer, { ...place, folder, scenarios: peer.scenarios });
  }
}

async function showAll() {
  const parent = mkdtempSync(join(tmpdir(), 'peers-'));
  process.once('exit', () => rmSync(parent, { recursive: true, force: true }));
  const directory = await startDirectory(parent);
  try {
    for (const peer of peers.filter(({ name }) => names.length === 0 || names.includes(name)))
      await showPeer(peer, { parent, directory }).catch(tell);
  } finally {
    await directory.stop();
  }
}

function tell(error) {
  console.error(error.stack);
  process.exitCode = 1;
}

async function main() {
  const reason = whyNoDirectory();
  if (reason) throw new Error(`there is no directory: ${reason}`);
  await showAll();
}

void main().catch(tell);
