// What a flood of logins does to everybody else: /verify at a low steady rate, calm and while logins are offered at a multiple of what
// the gateway can check.
const { fork } = require('node:child_process');
const { Agent, createServer, request } = require('node:http');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { cpuMsOf, memoryMbOf } = require('./accounting');
const { password, people, startGateway, startLoad } = require('./programs');
const { quantile } = require('./statistics');

const probesPerSecond = 50;
const probeConnections = 64;
const capacityMs = 8000;
const upstreamDelayMs = 200;
/** More than the refused ones among them that are held back leave idle. */
const capacityClients = 96;
const wrong = 'a wrong guess';
/** Enough for a p99. */
const mostControlSeconds = 20;

function call(url, { agent, method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const startedAtMs = performance.now();
    const outgoing = request(url, { agent, method, headers }, (incoming) => {
      const chunks = [];
      incoming.on('data', (chunk) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: incoming.statusCode, text, ms: performance.now() - startedAtMs });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function logIn(gateway, { username, password, address }, agent) {
  return call(`${gateway.url}/api/auth/login`, {
    agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ username, password, token_delivery: 'body' }),
  });
}

/**
 * Guesses a second that the gateway can check: clients each of which asks again when it has its answer. Each names somebody else, or the
 * limit for each account would answer.
 */
async function capacityOf(gateway) {
  const agent = new Agent({ keepAlive: true });
  const untilMs = performance.now() + capacityMs;
  let served = 0;
  const startedAtMs = performance.now();
  let asked = 0;
  const clients = Array.from({ length: capacityClients }, async (_, n) => {
    while (performance.now() < untilMs) {
      const username = `nobody-${asked++}`;
      const { status } = await logIn(gateway, { username, password: wrong, address: `172.16.0.${n}` }, agent);
      if (status === 401) served++;
    }
  });
  await Promise.all(clients);
  agent.destroy();
  return (served * 1000) / (performance.now() - startedAtMs);
}

/** Asks /verify at a steady rate over its own kept connections; an answer that is late delays no other question. */
function startProbes(gateway, token) {
  const agent = new Agent({ keepAlive: true, maxSockets: probeConnections });
  const latenciesMs = [];
  const byStatus = {};
  const open = new Set();
  const timer = setInterval(() => {
    const probe = call(`${gateway.url}/api/auth/verify`, {
      agent,
      headers: { authorization: `Bearer ${token}` },
    })
      .then(({ status, ms }) => {
        byStatus[status] = (byStatus[status] ?? 0) + 1;
        latenciesMs.push(ms);
      })
      .catch((error) => (byStatus[error.code] = (byStatus[error.code] ?? 0) + 1))
      .finally(() => open.delete(probe));
    open.add(probe);
  }, 1000 / probesPerSecond);
  return async () => {
    clearInterval(timer);
    await Promise.all(open);
    agent.destroy();
    return {
      count: latenciesMs.length,
      byStatus,
      p50Ms: quantile(latenciesMs, 0.5),
      p99Ms: quantile(latenciesMs, 0.99),
    };
  };
}

/** A legacy service that takes its time and lets in whoever has the right password. */
async function startSlowUpstream() {
  const server = createServer((incoming, response) => {
    let text = '';
    incoming.on('data', (chunk) => (text += chunk));
    incoming.on('end', () => setTimeout(() => answer(JSON.parse(text), response), upstreamDelayMs));
  });
  const answer = ({ usuario, contrasenia }, response) => {
    response.statusCode = contrasenia === password ? 200 : 401;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ id: usuario, username: usuario, name: usuario }));
  };
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => server.closeAllConnections() || server.close(),
  };
}

/** The control: a server that does nothing, in the same flood. It stands for what the measurement itself costs on this machine. */
async function measureControl({ perSecond, options, progress }) {
  const seconds = Math.min(options.seconds, mostControlSeconds);
  const child = fork(join(__dirname, 'limits', 'flood.js'));
  const load = startLoad('flood-load.js');
  try {
    const { port } = await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`the control program ended with ${code}`)));
    });
    const target = { url: `http://127.0.0.1:${port}` };
    await probed(target, 'none', () => sleep(1000));
    const calm = await probed(target, 'none', () => sleep(options.calmSeconds * 1000));
    await load.run({ step: 'open', port, connections: options.connections });
    progress(`the control, flooded with ${perSecond}/s`);
    const flooded = await probed(target, 'none', () => load.run(taskOf(perSecond, { ...options, seconds })));
    await load.run({ step: 'close' });
    return { calm, flooded, ratio: flooded.p99Ms / calm.p99Ms };
  } finally {
    child.kill('SIGKILL');
    await load.stop();
  }
}

async function probed(target, token, task) {
  const stop = startProbes(target, token);
  await task();
  return stop();
}

function taskOf(perSecond, { addresses, seconds, names }) {
  return { step: 'flood', perSecond, addresses, ms: seconds * 1000, names, password: wrong };
}

/** Everybody logs in as somebody else, or the sessions of one person would be what is measured. */
const personOf = (number) => ({ username: `person-${number % people}`, password });

async function measureOne({ name, folder, env, options, progress }) {
  const say = (text) => progress(`${name}: ${text}`);
  const common = {
    TRUSTED_PROXIES: '127.0.0.1',
    RATE_LIMIT_AUTH_MAX: String(options.limit),
    RATE_LIMIT_MAX_KEYS: '10000',
  };
  const gateway = await startGateway({
    folder: join(folder, name.replaceAll(/\W+/g, '-')),
    sessions: 0,
    hasCheapHashes: false,
    env: { ...common, ...env },
  });
  const load = startLoad('flood-load.js');
  try {
    const token = JSON.parse((await logIn(gateway, { ...personOf(0), address: '172.31.0.1' })).text).data
      .access_token;
    say('measures the capacity');
    // The limit for each address must not end it.
    const capacity = await capacityOf(gateway);
    await probed(gateway, token, () => sleep(3000));
    say(`${capacity.toFixed(1)} logins/s; measures calm`);
    const calm = await probed(gateway, token, () => sleep(options.calmSeconds * 1000));
    const rssBefore = memoryMbOf([gateway.pid]).rss;
    const perSecond = Math.round(capacity * options.times);
    const { opened, tookMs } = await load.run({
      ...{ step: 'open', port: gateway.port, connections: options.connections },
    });
    say(`floods with ${perSecond}/s over ${opened} connections, open after ${Math.round(tookMs)} ms`);
    const honest = { tries: 0, served: 0 };
    let rssPeak = rssBefore;
    let rssHalf = Number.NaN;
    setTimeout(() => (rssHalf = memoryMbOf([gateway.pid]).rss), options.seconds * 500);
    const cpuBefore = cpuMsOf([gateway.pid]);
    const sampler = setInterval(() => (rssPeak = Math.max(rssPeak, memoryMbOf([gateway.pid]).rss)), 500);
    const trier = setInterval(() => {
      const address = `172.30.${(honest.tries >> 8) & 255}.${honest.tries & 255}`;
      honest.tries++;
      logIn(gateway, { ...personOf(1 + (honest.tries % (people - 1))), address }).then(
        ({ status }) => status === 200 && honest.served++,
        () => undefined,
      );
    }, 1000);
    let offered;
    const flooded = await probed(gateway, token, async () => {
      offered = await load.run(taskOf(perSecond, options));
    });
    await load.run({ step: 'close' });
    const gatewayCpu = (cpuMsOf([gateway.pid]) - cpuBefore) / offered.elapsedMs;
    clearInterval(trier);
    await sleep(6000);
    clearInterval(sampler);
    const after = await logIn(gateway, { ...personOf(1), address: '172.29.0.1' });
    return {
      name,
      capacity,
      perSecond,
      calm,
      flooded,
      ratio: flooded.p99Ms / calm.p99Ms,
      honest,
      offered,
      gatewayCpu,
      loadCpu: offered.cpuMs / offered.elapsedMs,
      rssBefore,
      rssHalf,
      rssPeak,
      rssAfter: memoryMbOf([gateway.pid]).rss,
      after: after.status,
    };
  } finally {
    await Promise.all([load.stop(), gateway.stop()]);
  }
}

/** One row for each kind of source and number of processes. */
async function benchFlood({ folder, options, progress }) {
  const upstream = await startSlowUpstream();
  const external = {
    STRATEGIES: 'external',
    EXTERNAL_AUTH_URL: upstream.url,
    EXTERNAL_AUTH_MODE: 'sign',
    EXTERNAL_AUTH_SUBJECT: '/id',
  };
  const kinds = { file: {}, external };
  const rows = [];
  try {
    for (const kind of options.sources) {
      for (const workers of options.workers) {
        const env = { ...kinds[kind], WORKERS: String(workers) };
        const name = `${kind}, WORKERS=${workers}`;
        const row = await measureOne({ name, folder, env, options, progress });
        const control = await measureControl({ perSecond: row.perSecond, options, progress });
        rows.push({ ...row, control });
      }
    }
  } finally {
    upstream.stop();
  }
  return rows;
}

module.exports = { benchFlood };
