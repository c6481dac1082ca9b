// Starts and ends processes: what is started here listens on 127.0.0.1, logs to a file, and ends with the bench, however that ends.
const { fork, spawn } = require('node:child_process');
const { closeSync, openSync, readFileSync } = require('node:fs');
const { connect, createServer } = require('node:net');
const { setTimeout: sleep } = require('node:timers/promises');

const startTimeoutMs = 60_000;
const endTimeoutMs = 10_000;
const started = new Set();

process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

function keep(child) {
  started.add(child);
  child.once('exit', () => started.delete(child));
  return child;
}

function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Lets it finish, as its operator would, for a while. Resolves when it is gone. */
async function end(child) {
  if (hasEnded(child)) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const lastResort = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs);
  await exited;
  clearTimeout(lastResort);
}

/** A child process whose output is added to `logFile`; the other options are those of `spawn`. */
function spawnLogged(command, args, { logFile, ...options }) {
  const log = openSync(logFile, 'a');
  try {
    return keep(spawn(command, args, { ...options, stdio: ['ignore', log, log] }));
  } finally {
    closeSync(log);
  }
}

/**
 * Resolves with the first thing that `look` finds in what a program has said; undefined and null are nothing.
 * @throws Error with the end of its output when it ends before, or says nothing of it in time
 */
async function untilSaid(child, logFile, look) {
  const giveUpAtMs = performance.now() + startTimeoutMs;
  for (;;) {
    const said = readFileSync(logFile, 'utf8');
    const found = look(said);
    if (found !== undefined && found !== null) return found;
    if (hasEnded(child) || performance.now() > giveUpAtMs) {
      await end(child);
      throw new Error(`${child.spawnfile} did not start:\n${said.slice(-2000)}`);
    }
    await sleep(5);
  }
}

function takesConnections(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}

/** Resolves when a program takes connections. @throws Error with the end of its output when it ends before, or does not in time */
async function untilAnswers(child, port, logFile) {
  const giveUpAtMs = performance.now() + startTimeoutMs;
  while (!(await takesConnections(port))) {
    if (hasEnded(child) || performance.now() > giveUpAtMs) {
      await end(child);
      throw new Error(`${child.spawnfile} did not start:\n${readFileSync(logFile, 'utf8').slice(-2000)}`);
    }
    await sleep(10);
  }
}

/** A Node program of ours that says by message what it has to say. `ask` sends one and resolves with the answer to it. */
function forkProgram(file, args = [], options = {}) {
  const child = keep(fork(file, args, options));
  const next = () =>
    new Promise((resolve, reject) => {
      const gone = (code, signal) => reject(new Error(`${file} ended with ${code ?? signal}`));
      if (hasEnded(child)) return gone(child.exitCode, child.signalCode);
      child.once('exit', gone);
      child.once('message', (message) => {
        child.off('exit', gone);
        if (message.error === undefined) resolve(message);
        else reject(new Error(message.error));
      });
    });
  return {
    pid: child.pid,
    next,
    ask: (task) => {
      const answer = next();
      child.send(task);
      return answer;
    },
    stop: () => end(child),
  };
}

/** A port of 127.0.0.1 that is free now. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const portAttempts = 5;

/** A port may be taken between the look and the start; then there is another one. `start` is given the number of the attempt. */
async function onFreePorts(start) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(attempt);
    } catch (error) {
      if (attempt === portAttempts || !/Address already in use/i.test(error.message)) throw error;
    }
  }
}

module.exports = { end, forkProgram, freePort, keep, onFreePorts, spawnLogged, untilAnswers, untilSaid };
