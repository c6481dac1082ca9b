// How long a start takes, and how much memory there is then.
const { mkdirSync } = require('node:fs');
const { get } = require('node:http');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { memoryMbOf } = require('./accounting');
const gateway = require('./gateway/peer');
const { measureOnce } = require('./measure');
const { spawnGateway } = require('./programs');
const { startFilled } = require('./sizes');
const { summary } = require('./statistics');

function statusOf(url) {
  return new Promise((resolve, reject) => {
    get(url, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    }).on('error', reject);
  });
}

/** From the start of the process: until it says that it is ready, and until a client has its first 200. */
async function startGatewayOnce(folder) {
  const gatewayProcess = await spawnGateway({ folder, userCount: 4 });
  const saidAtMs = performance.now();
  const status = await statusOf(`${gatewayProcess.url}/.well-known/jwks.json`);
  if (status !== 200) throw new Error(`the key set was answered ${status}`);
  const firstAnswerMs = gatewayProcess.readyAfterMs + (performance.now() - saidAtMs);
  await gatewayProcess.stop();
  return { readyMs: gatewayProcess.readyAfterMs, firstAnswerMs };
}

async function startPeerOnce(peer, place) {
  const startedAtMs = performance.now();
  const program = await peer.start(place);
  const readyMs = program.readyAfterMs ?? performance.now() - startedAtMs;
  await program.stop();
  return { readyMs };
}

function fresh(folder, ...names) {
  const path = join(folder, ...names.map(String));
  mkdirSync(path, { recursive: true });
  return path;
}

/** `{ starts: [{ name, readyMs, firstAnswerMs }], notes }`, each a summary; a peer has no first answer of its own. */
async function measureStarts({ folder, place, peers, profile, progress }) {
  progress.begin('start of the gateway');
  const ours = [];
  for (let n = 0; n < profile.starts; n++) ours.push(await startGatewayOnce(fresh(folder, 'start', n)));
  const starts = [
    {
      name: 'gateway',
      readyMs: summary(ours.map(({ readyMs }) => readyMs)),
      firstAnswerMs: summary(ours.map(({ firstAnswerMs }) => firstAnswerMs)),
    },
  ];
  const notes = [];
  for (const peer of peers) {
    progress.begin(`start of ${peer.name}`);
    try {
      const theirs = [];
      for (let n = 0; n < profile.peerStarts; n++) {
        const own = {
          ...place,
          scenarios: [],
          clients: profile.clients,
          folder: fresh(folder, 'start', peer.name, n),
        };
        theirs.push(await startPeerOnce(peer, own));
      }
      starts.push({ name: peer.name, readyMs: summary(theirs.map(({ readyMs }) => readyMs)) });
    } catch (error) {
      notes.push(`${peer.name} did not start by itself: ${error.message.split('\n')[0]}`);
    }
  }
  return { starts, notes };
}

/** `{ memory: [{ name, what, rss, own }], notes }` in MB, at rest and with many live sessions. */
async function measureMemory({ folder, load, place, peers, profile, progress }) {
  progress.begin('memory at rest');
  const running = [];
  const notes = [];
  const idleGateway = await gateway.start({
    ...place,
    source: 'file',
    scenarios: [],
    clients: profile.clients,
    folder: fresh(folder, 'idle'),
  });
  running.push({ name: 'gateway', program: idleGateway });
  for (const peer of peers) {
    try {
      const program = await peer.start({
        ...place,
        scenarios: [],
        clients: profile.clients,
        folder: fresh(folder, 'idle', peer.name),
      });
      running.push({ name: peer.name, program });
    } catch (error) {
      notes.push(`the memory of ${peer.name} was not measured: ${error.message.split('\n')[0]}`);
    }
  }
  await sleep(profile.idleMs);
  const memory = running.map(({ name, program }) => ({ name, what: 'at rest', ...memoryMbOf(program.pids) }));
  await Promise.all(running.map(({ program }) => program.stop()));
  memory.push(...(await measureLive({ folder, load, profile, progress })));
  return { memory, notes };
}

/** With many live sessions: after the start over them, and after refreshes all over them. */
async function measureLive({ folder, load, profile, progress }) {
  const count = profile.liveSessions;
  progress.begin(`memory with ${count.toLocaleString('en')} sessions`);
  const { program, state } = await startFilled({ folder: fresh(folder, 'live'), count });
  try {
    await sleep(profile.idleMs);
    const what = `${count.toLocaleString('en')} live sessions`;
    const rested = { name: 'gateway', what: `${what}, at rest`, ...memoryMbOf(program.pids) };
    const contender = { program, clientsId: 'memory' };
    const { requests } = gateway;
    await load.run({
      step: 'open',
      id: 'memory',
      requests,
      scenario: 'refresh',
      state,
      clients: profile.clients,
    });
    await measureOnce(load, contender, { connections: 64, ms: profile.idleMs / 2 });
    return [rested, { name: 'gateway', what: `${what}, after refreshes`, ...memoryMbOf(program.pids) }];
  } finally {
    await program.stop();
  }
}

module.exports = { measureMemory, measureStarts };
