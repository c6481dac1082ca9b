// Starts each peer, or those that are named, against a slapd and shows each scenario once, with a count of one client in turns.
//   node bench/peers/check.js [name …]
const { mkdtempSync, mkdirSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { startDirectory, whyNoDirectory } = require('../directory');
const { ask, inTurns } = require('./ask');
const peers = require('./index');

const clients = 8;
const roundMs = 1000;

async function roundOf(program, make) {
  const untilMs = performance.now() + roundMs;
  let count = 0;
  await inTurns(
    Array.from({ length: clients }, (_, index) => index),
    async (index) => {
      const client = make(index);
      for (; performance.now() < untilMs; count++) client.take(await ask(program.port, client.next()));
    },
  );
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

async function showAll(names) {
  const parent = mkdtempSync(join(tmpdir(), 'peers-'));
  const directory = await startDirectory(parent);
  try {
    for (const peer of peers.filter(({ name }) => names.length === 0 || names.includes(name))) {
      const reason = peer.available();
      console.log(
        reason ? `${peer.name} was not started: ${reason}` : `${peer.name}: ${peer.versions().join(', ')}`,
      );
      const waysToDirectory = peer.scenarios.includes('login-ldap') ? [false, true] : [false];
      for (const isTls of reason ? [] : waysToDirectory) {
        const folder = join(parent, `${peer.name}-${isTls ? 'ldaps' : 'ldap'}`);
        mkdirSync(folder);
        const { scenarios } = peer;
        const people = directory.people('ssha');
        await show(peer, {
          folder,
          scenarios,
          directory: directory.place({ hash: 'ssha', isTls }),
          people,
          clients,
        });
      }
    }
  } finally {
    await directory.stop();
    rmSync(parent, { recursive: true });
  }
}

async function main() {
  const reason = whyNoDirectory();
  if (reason) throw new Error(`there is no directory: ${reason}`);
  await showAll(process.argv.slice(2));
}

main().catch((error) => {
  console.error(error.stack);
  process.exitCode = 1;
});
