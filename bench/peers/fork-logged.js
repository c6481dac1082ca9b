const { closeSync, openSync, readFileSync } = require('node:fs');
const { forkProgram } = require('../processes');

/**
 * Starts a Node program whose output goes to `logFile`, with the task as JSON in its first argument, and waits for its first message.
 * Gives `{ said, readyAfterMs, pid, stop }`. @throws Error with the end of its output when it ends before it has said anything
 */
async function forkLogged(file, { task, logFile }) {
  const log = openSync(logFile, 'a');
  const env = { PATH: process.env.PATH, NODE_ENV: 'production' };
  const startedAtMs = performance.now();
  const program = forkProgram(file, [JSON.stringify(task)], { env, stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  try {
    const said = await program.next();
    return { said, readyAfterMs: performance.now() - startedAtMs, pid: program.pid, stop: program.stop };
  } catch (error) {
    await program.stop();
    throw new Error(`${error.message}:\n${readFileSync(logFile, 'utf8').slice(-2000)}`);
  }
}

module.exports = { forkLogged };
