// Where the time of a request goes, and what it allocates: the gateway under load, once for each of the two, since one disturbs the other.
const { mkdirSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { watchMachine } = require('./accounting');
const { allocationsOf } = require('./allocations');
const { startDirectory, whyNoDirectory } = require('./directory');
const { flameGraph } = require('./flame');
const { placeOf } = require('./full');
const gatewayModule = require('./gateway/peer');
const { measureOnce } = require('./measure');
const { startLoad } = require('./programs');
const { chosenSetups } = require('./scenarios');
const { selfBy, stacksOf } = require('./stacks');

/** What can be profiled, by the ids of rows in scenarios.js. */
const profiled = ['login-ldap', 'refresh', 'verify'];
const connections = 64;
const warmMs = 4000;
/** Long enough for an idle process to take a signal. */
const signalMs = 200;
const sampler = require.resolve('./gateway/sample-allocations');

/** Profiles are written to where the process works, so that no path needs to be told. */
const kinds = {
  cpu: { nodeOptions: '--cpu-prof --cpu-prof-interval=500', form: /\.0\.\d+\.cpuprofile$/ },
  heap: { nodeOptions: `--require ${JSON.stringify(sampler)}`, form: /\.heapprofile$/ },
};

const nowUs = () => Number(process.hrtime.bigint() / 1000n);

/** @throws Error when the gateway has written none */
function profileIn(folder, form) {
  const file = readdirSync(folder).find((name) => form.test(name));
  if (file === undefined) throw new Error('the gateway ended without writing its profile');
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

/** Warm first, then what is looked at; the window is when that was. */
async function loaded(load, contender, { seconds, begin }) {
  await measureOnce(load, contender, { connections, ms: warmMs });
  await begin();
  const fromUs = nowUs();
  const result = await measureOnce(load, contender, { connections, ms: seconds * 1000 });
  if (result.failures > 0) throw new Error(`a request failed: ${result.firstFailure}`);
  return { result, window: { fromUs, toUs: nowUs() } };
}

/** One start of the gateway under load. Gives what it has written, how the load went, and when. */
async function profileOnce({ kind, row, place, folder, load, seconds }) {
  const { nodeOptions, form } = kinds[kind];
  mkdirSync(folder, { recursive: true });
  const { scenario } = row;
  const program = await gatewayModule.start({
    ...{ ...place, folder, scenarios: [scenario], clients: connections },
    env: { NODE_OPTIONS: nodeOptions },
  });
  const clientsId = `${row.id} ${kind}`;
  let measured;
  try {
    const state = program.states[scenario];
    const { requests } = gatewayModule;
    await load.run({ step: 'open', id: clientsId, requests, scenario, state, clients: connections });
    const begin = async () => {
      if (kind !== 'heap') return;
      process.kill(program.pid, 'SIGUSR2');
      await sleep(signalMs);
    };
    measured = await loaded(load, { program, clientsId }, { seconds, begin });
  } finally {
    await program.stop();
    await load.run({ step: 'forget', id: clientsId });
  }
  return { ...measured, profile: profileIn(folder, form) };
}

function flameOf({ id, title }, { tree, count, seconds }) {
  const busy = (tree.total / 1e6).toFixed(1);
  const each = Math.round(tree.total / count).toLocaleString('en');
  const heading = `Time of the main thread: ${title}`;
  const subtitle = `busy for ${busy} of ${seconds.toFixed(1)} s, ${each} µs for each of ${count.toLocaleString('en')} requests`;
  return { file: `flame-${id}.svg`, title: heading, svg: flameGraph(tree, { title: heading, subtitle }) };
}

async function profileRow(row, { folder, progress, ...kit }) {
  progress(`${row.id}: time`);
  const cpu = await profileOnce({ ...kit, row, kind: 'cpu', folder: join(folder, row.id, 'cpu') });
  progress(`${row.id}: allocations`);
  const heap = await profileOnce({ ...kit, row, kind: 'heap', folder: join(folder, row.id, 'heap') });
  const tree = stacksOf(cpu.profile, cpu.window);
  const { count, perSecond } = cpu.result;
  const seconds = (cpu.window.toUs - cpu.window.fromUs) / 1e6;
  return {
    ...{ id: row.id, title: row.title, count, perSecond },
    busyShare: tree.total / 1e6 / seconds,
    usEach: tree.total / count,
    modules: selfBy(tree, ({ module }) => module),
    allocations: allocationsOf(heap.profile, heap.result.count),
    plot: flameOf(row, { tree, count, seconds }),
  };
}

/**
 * Profiles scenarios one after the other. Gives `{ rows, plots, machine }`.
 * @param options `{ scenarios, seconds }`, scenarios out of `profiled`
 * @throws Error when one of them cannot be measured
 */
async function benchProfile({ folder, options: { scenarios, seconds }, progress }) {
  const machine = watchMachine();
  const setups = scenarios.flatMap((id) => chosenSetups([id]));
  const needsDirectory = setups.some(({ needs }) => needs?.includes('directory'));
  const whyNone = needsDirectory ? whyNoDirectory() : undefined;
  if (whyNone) throw new Error(whyNone);
  const directory = needsDirectory ? await startDirectory(folder) : undefined;
  const load = startLoad();
  const rows = [];
  try {
    for (const setup of setups) {
      const kit = { folder, load, seconds, progress, place: placeOf(setup, { directory }) };
      for (const row of setup.rows) rows.push(await profileRow(row, kit));
    }
  } finally {
    await Promise.all([load.stop(), directory?.stop()]);
  }
  return { rows, plots: rows.map(({ plot }) => plot), machine: machine() };
}

module.exports = { benchProfile, profiled };
