// How well the time of refused logins tells who has an account: refusals held back and not, kinds in random order.
const { spawn } = require('node:child_process');
const { mkdirSync } = require('node:fs');
const { join } = require('node:path');
const { transformFileSync } = require('@swc/core');

// The servers and the statistics are those of the tests.
const root = join(__dirname, '..');
require.extensions['.ts'] = (module, file) =>
  module._compile(transformFileSync(file, { cwd: root }).code, file);
const { costlyNames, startCostlySlapd } = require('../test/servers/costly-slapd.ts');
const { loginTimes } = require('../test/support/login-times.ts');
const { median, quantile, separation } = require('../test/support/timing-statistics.ts');

const template = {
  LDAP_BIND_MODE: 'template',
  LDAP_USER_DN_TEMPLATE: 'uid={username},ou=people,dc=example,dc=org',
};
const sources = [
  ['OpenLDAP, ARGON2, by search', {}],
  ['OpenLDAP, ARGON2, by template', template],
];
const ways = [
  ['as soon as known', { REFUSAL_CEILING_MS: '0' }],
  ['learnt time alone', { REFUSAL_FLOOR_MS: '0' }],
  ['as it is set', {}],
];

function startGateway(folder, env) {
  mkdirSync(folder, { recursive: true });
  const settings = {
    PORT: '0',
    LOG_LEVEL: 'error',
    RATE_LIMIT_AUTH_MAX: '1000000',
    DATA_DIR: folder,
    ...env,
  };
  const child = spawn(process.execPath, [join(root, 'dist', 'main.js')], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...settings },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = () => child.kill('SIGTERM') && ended;
  process.once('exit', () => child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    let said = '';
    const take = (chunk) => {
      said += chunk;
      const url = /ready on (http:\S+) /.exec(said)?.[1];
      if (url) resolve({ url, stop });
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('exit', () => reject(new Error(`the gateway did not start:\n${said.slice(-2000)}`)));
  });
}

function logins(name) {
  let index = 0;
  return () => ({
    path: '/api/auth/login',
    body: { usuario: name(index++), contrasenia: 'wrong' },
  });
}

function rowsOf(source, way, times) {
  const [[, base]] = times;
  return [...times].map(([kind, durations]) => {
    const { auc, medianDifferenceMs, interval } = separation(base, durations);
    const [low, high] = interval.map((ms) => ms.toFixed(1));
    const apart =
      durations === base
        ? ['', '']
        : [`${medianDifferenceMs.toFixed(1)} (${low} to ${high})`, auc.toFixed(3)];
    return [source, way, kind, median(durations).toFixed(1), quantile(durations, 0.9).toFixed(1), ...apart];
  });
}

/** Rows of texts: source, way, kind, median, p90, difference of medians, AUC. */
async function benchEnumeration({ folder, logins: ofEachKind, atATime, progress }) {
  const slapd = await startCostlySlapd();
  const rows = [];
  try {
    const directory = { STRATEGIES: 'ldap', ...slapd.variables, LDAP_URL: slapd.ldapsUrl };
    for (const [source, mode] of sources) {
      for (const [index, [way, held]] of ways.entries()) {
        progress(`${source}, refusals ${way}`);
        const gateway = await startGateway(join(folder, `${index}`), { ...directory, ...mode, ...held });
        const kinds = new Map(
          ['unknown', 'known', 'disabled'].map((kind) => [kind, logins(costlyNames[kind])]),
        );
        const plan = { kinds, ofEachKind, atATime, status: 401 };
        rows.push(...rowsOf(source, way, await loginTimes(gateway.url, plan)));
        await gateway.stop();
      }
    }
  } finally {
    await slapd.remove();
  }
  return rows;
}

module.exports = { benchEnumeration };
