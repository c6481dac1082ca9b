// Repeats what the last stage of the Dockerfile holds: the built files with production dependencies only, run by a user who may
// write nothing but DATA_DIR. Starts it, asks the health command, logs in nobody, looks for the browser client, and ends it with SIGTERM.
const { execFileSync, spawn } = require('node:child_process');
const { cpSync, mkdtempSync, mkdirSync, chownSync, chmodSync, readdirSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const root = join(__dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-production-'));
const app = join(folder, 'app');
const data = join(folder, 'data');
const nobody = 65534;
const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

async function main() {
  install();
  const server = spawn(process.execPath, ['dist/main.js'], { cwd: app, ...identity, env: environment('0') });
  try {
    const port = await portOf(server);
    execFileSync(process.execPath, ['dist/cli/main.js', 'health'], {
      cwd: app,
      ...identity,
      env: environment(port),
    });
    await hasClient(port);
    await stopped(server);
  } finally {
    server.kill('SIGKILL');
  }
  console.log(
    'starts with production dependencies only, answers its health check, has the browser client, and ends with status 0',
  );
}

function install() {
  mkdirSync(app);
  mkdirSync(data, { mode: 0o700 });
  for (const name of ['package.json', 'package-lock.json', '.npmrc', 'dist'])
    cpSync(join(root, name), join(app, name), { recursive: true });
  execFileSync('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund', '--silent'], {
    cwd: app,
    stdio: 'inherit',
  });
  for (const name of readdirSync(join(app, 'node_modules')).filter((name) =>
    name.startsWith('node-linux-'),
  )) {
    rmSync(join(app, 'node_modules', name), { recursive: true });
  }
  chmodSync(folder, 0o755);
  if (identity.uid !== undefined) chownSync(data, identity.uid, identity.gid);
}

function environment(port) {
  const secret = 'production-check-' + 'k9Qm2xV7bT4wL8sZ'.repeat(2);
  return {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: port,
    DATA_DIR: data,
    STRATEGIES: 'external',
    EXTERNAL_AUTH_URL: 'http://127.0.0.1:9',
    JWT_SECRET: secret,
  };
}

function portOf(server) {
  return new Promise((resolve, reject) => {
    let output = '';
    const collect = (chunk) => {
      output += chunk;
      const port = /ready on http:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (port) resolve(port);
    };
    server.stdout.on('data', collect);
    server.stderr.on('data', collect);
    server.on('exit', (code) => reject(new Error(`ended with ${code}:\n${output}`)));
  });
}

/** The client for browsers is no module that anything here requires, so that nobody else would miss it. */
async function hasClient(port) {
  for (const name of ['gatehouse.js', 'gatehouse.d.ts']) {
    const { status } = await fetch(`http://127.0.0.1:${port}/client/${name}`);
    if (status !== 200) throw new Error(`/client/${name} is ${status}`);
  }
}

function stopped(server) {
  return new Promise((resolve, reject) => {
    server.removeAllListeners('exit');
    server.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`ended with ${code} after SIGTERM`)),
    );
    server.kill('SIGTERM');
  });
}

main()
  .finally(() => rmSync(folder, { recursive: true, force: true }))
  .catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
