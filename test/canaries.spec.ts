import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { hashPassword } from '../src/strategies/file/password-hash';
import { writeUsersFile } from '../src/strategies/file/users-file-access';
import { RedisServer } from './servers/redis';
import { people, type Slapd, policyPeople, startSlapd } from './servers/slapd';
import { startUpstream, type Upstream } from './servers/upstream';
import { secretsBelow, secretsIn } from './support/canaries';
import { type Answer, Client, cookieOf, type JsonObject, objectOf, textOf } from './support/client';
import { temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';

// Secrets that nothing else is called like go through every route and many faults of real processes; none of them may stay anywhere.
const secrets: Record<string, string> = {
  filePassword: 'Cnry-file "ñ/+&% pass',
  ldapPassword: people.alice.password,
  changedPassword: 'Cnry-changed-Secret-1',
  wrongPassword: 'Cnry-wrong "ñ/+& pass',
  passwordAsName: 'Cnry-typed-in-the-wrong-field',
  clientSecret: 'Cnry-client-secret-of-256-bits',
  wrongClientSecret: 'Cnry-wrong-client-secret',
  forgedToken: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJDbnJ5In0.Cnryforgedtoken',
  brokenBody: 'Cnry-within-malformed-json',
  serviceBearer: 'Cnry-bearer-of-the-service',
  serviceHmac: 'Cnry-hmac-secret-of-the-service-32',
  keyEncryptionKey: 'Cnry-key-encryption-passphrase-32b',
  redisPassword: 'Cnry-redis-password',
};
const issued: Record<string, string> = {};
const main = join(__dirname, '..', 'dist', 'main.js');
const running: ChildProcess[] = [];
let slapd: Slapd;

beforeAll(async () => {
  slapd = await startSlapd();
  secrets['bindPassword'] = slapd.bindPassword;
}, 60_000);
afterAll(async () => {
  running.forEach((child) => child.kill('SIGKILL'));
  await slapd.remove();
});

interface Process {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly client: Client;
  readonly url: string;
  readonly dataDir: string;
  readonly auditLog: string;
  readonly folder: string;
}

async function start(env: Readonly<Record<string, string>>): Promise<Process> {
  const [folder, dataDir] = [temporaryFolder(), temporaryFolder()];
  const auditLog = join(folder, 'audit.log');
  const common = { PORT: '0', DATA_DIR: dataDir, AUDIT_LOG: auditLog, LOG_LEVEL: 'trace' };
  const limits = { RATE_LIMIT_AUTH_MAX: '1000', RATE_LIMIT_MAX: '100000' };
  const child = spawn(process.execPath, ['--heapsnapshot-signal=SIGUSR2', main], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      ...common,
      ...limits,
      KEY_ENCRYPTION_KEY: secrets['keyEncryptionKey'],
      ...env,
    },
  });
  running.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  await eventually(() => output.includes('ready on') || child.exitCode !== null, 60_000);
  const url = /ready on (http:\S+) /.exec(output)?.[1];
  if (url === undefined) throw new Error(`not ready: ${output}`);
  return { child, output: () => output, client: new Client(url), url, dataDir, auditLog, folder };
}

async function end({ child }: Process): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** Takes note of tokens and cookies, so that they are looked for as well. */
function noted(name: string, answer: Answer): Answer {
  for (const [member, value] of Object.entries(answer.data)) {
    if (/token$/.test(member) && typeof value === 'string') issued[`${name} ${member}`] = value;
  }
  answer.setCookies.forEach((cookie, index) => {
    const [, value = ''] = /^[^=]+=([^;]{16,})/.exec(cookie) ?? [];
    if (value !== '') issued[`${name} cookie ${index}`] = value;
  });
  return answer;
}

const post = (body: unknown, headers: Record<string, string> = {}) => ({ method: 'POST', body, headers });

async function everyRoute({ client }: Process): Promise<string[]> {
  const document = (await client.request('/openapi.json')).body;
  return Object.entries(objectOf(document['paths'])).flatMap(([path, item]) =>
    Object.keys(objectOf(item)).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** Secrets in every place of a request, to every route. What comes back may be anything but a secret. */
async function sendEverywhere(gateway: Process): Promise<Answer[]> {
  const answers: Answer[] = [];
  const [wrong = '', name = '', token = '', broken = ''] = [
    'wrongPassword',
    'passwordAsName',
    'forgedToken',
    'brokenBody',
  ].map((key) => secrets[key] ?? '');
  const basic = Buffer.from(`api:${secrets['wrongClientSecret']}`).toString('base64');
  const fields = {
    ...{ usuario: name, contrasenia: wrong, nueva_contrasenia: wrong, username: name, password: wrong },
    ...{ refresh_token: token, token, client_secret: secrets['wrongClientSecret'], client_id: 'api' },
    ...{
      grant_type: 'refresh_token',
      credentials: { authenticationType: 'password', username: name, password: wrong },
    },
    ...{
      connection: 'PASSWORD',
      passwordPayload: { username: name, password: wrong },
      oldPassword: wrong,
      newPassword: wrong,
    },
    ...{ currentPassword: wrong },
  };
  const cookie = `refreshToken=${token}; sessionid=${token}`;
  for (const route of await everyRoute(gateway)) {
    const [method = '', path = ''] = route.split(' ');
    const to = path.replaceAll(/\{\w+\}/g, encodeURIComponent(token));
    const ask = (options: Parameters<Client['request']>[1], query = '') =>
      gateway.client.request(to + query, { method, ...options }).then((answer) => answers.push(answer));
    await ask({ headers: { authorization: `Bearer ${token}` } }, `?access_token=${token}&user=${name}`);
    await ask({ headers: { authorization: `Basic ${basic}`, cookie } });
    if (method !== 'POST') continue;
    await ask({ body: fields, headers: { 'accept-language': 'en', cookie } });
    await ask({ body: `{"contrasenia":"${broken}",` });
    await ask({ body: `{"password":["${broken}"],"username":{"${broken}":1},"usuario":7}` });
    await ask({ body: JSON.stringify({ contrasenia: broken.repeat(2000) }) });
    await ask({ body: `password=${encodeURIComponent(broken)}`, headers: { 'content-type': 'text/x-odd' } });
    const form = new URLSearchParams({ ...fields, credentials: '', passwordPayload: '' } as Record<
      string,
      string
    >);
    await ask({
      body: form.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', cookie },
    });
  }
  await brokenHttp(gateway, broken);
  return answers;
}

/** A header block that is no HTTP, and a body that ends too early. */
async function brokenHttp({ url }: Process, secret: string): Promise<void> {
  const { hostname, port } = new URL(url);
  for (const text of [
    `POST /api/auth/login HTTP/1.1\r\nHost: x\r\nAuthorization\u0000: ${secret}\r\n\r\n`,
    `POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"contrasenia":"${secret}"`,
  ]) {
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve) => {
      socket.on('error', () => resolve());
      socket.on('close', () => resolve());
      socket.once('connect', () => socket.write(text, () => setTimeout(() => socket.destroy(), 200)));
    });
  }
}

/** The routes by which requests were answered, by the log. */
function routesIn(output: string): Set<string> {
  return new Set(
    [...output.matchAll(/"method":"(\w+)","route":"([^"]+)"/g)].map(
      ([, method, route]) => `${method} ${route}`,
    ),
  );
}

function expectNoTrace(
  gateway: Process,
  answers: readonly Answer[],
  own: Readonly<Record<string, string>> = {},
): void {
  const all = { ...secrets, ...issued, ...own };
  const told = answers.map(({ text, headers }) => `${text}\n${JSON.stringify([...headers])}`).join('\n');
  expect({
    output: secretsIn(gateway.output(), all),
    audit: secretsIn(readFileSync(gateway.auditLog), all),
    disk: secretsBelow(gateway.dataDir, all),
    answers: secretsIn(told, all),
  }).toEqual({ output: [], audit: [], disk: [], answers: [] });
}

async function sources(): Promise<Record<string, string>> {
  const usersFile = join(temporaryFolder(), 'users.json');
  const passwordHash = await hashPassword(secrets['filePassword'] ?? '');
  const user = { id: '11111111-1111-4111-8111-111111111111', username: 'filippa', disabled: false };
  writeUsersFile(usersFile, [{ ...user, passwordHash, groups: [], roles: ['operator'] }]);
  const hash = createHash('sha256')
    .update(secrets['clientSecret'] ?? '')
    .digest('hex');
  const clients = [{ client_id: 'api', client_secret_hash: `sha256:${hash}` }];
  return {
    ...{ STRATEGIES: 'file,ldap', USERS_FILE: usersFile, ADMIN_ROLE: 'operator', ...slapd.variables },
    ...{ LDAP_URL: slapd.ldapsUrl, OAUTH_CLIENTS: JSON.stringify(clients), IDENTITY_MAX_AGE_SECONDS: '0' },
    ...{ COMPAT: 'django,ping-directory,genauth', REFRESH_GRACE_SECONDS: '0' },
  };
}

/** Logins, refreshes, reuse and logouts that are right, so that there are tokens to look for. */
async function live({ client }: Process): Promise<void> {
  const login = noted('file', await client.login('filippa', secrets['filePassword'] ?? ''));
  expect(login.status).toBe(200);
  const second = noted('ldap', await client.login('alice', people.alice.password));
  expect(second.status).toBe(200);
  const refreshed = noted('refreshed', await client.refresh(cookieOf(second)));
  noted('once more', await client.refresh(cookieOf(refreshed)));
  noted('reuse', await client.refresh(cookieOf(second)));
  const credentials = { username: 'alice', password: people.alice.password };
  const django = noted('django', await client.request('/api/login-ldap/', post(credentials)));
  expect(django.status).toBe(200);
  await client.request('/api/auth/me', { headers: { cookie: cookieOf(django) } });
  const ping = { authenticationType: 'password', ...credentials };
  noted('ping', await client.request('/directory/v1/authenticate', post({ credentials: ping })));
  const app = { client_id: 'api', client_secret: secrets['clientSecret'] };
  const said = {
    connection: 'PASSWORD',
    passwordPayload: credentials,
    options: { customData: { note: people.alice.password } },
  };
  noted('genauth', await client.request('/api/v3/signin', post({ ...app, ...said })));
  const { uid, password } = policyPeople.changer;
  const change = { usuario: uid, contrasenia: password, nueva_contrasenia: secrets['changedPassword'] };
  expect((await client.request('/api/auth/password', post(change))).status).toBe(200);
  const token = textOf(login.data, 'access_token');
  await client.request('/api/auth/me', { headers: { authorization: `Bearer ${token}x` } });
  await client.logout(cookieOf(login));
}

describe('secrets', () => {
  it('go through every route and every dialect and leave no trace, also while the directory is down', async () => {
    const gateway = await start(await sources());
    await live(gateway);
    const answers = await sendEverywhere(gateway);
    await slapd.stop();
    answers.push(await gateway.client.login('alice', people.alice.password));
    answers.push(
      await gateway.client.request(
        '/api/login-ldap/',
        post({ username: 'alice', password: people.alice.password }),
      ),
    );
    await slapd.start();
    const pattern = (route: string) => route.replaceAll(/\{(\w+)\}/g, ':$1');
    const reached = routesIn(gateway.output());
    const routes = (await everyRoute(gateway)).map(pattern);
    expect(routes.length).toBeGreaterThan(30);
    expect(
      routes.filter(
        (route) => ![...reached].some((seen) => seen.replace(/\/$/, '') === route.replace(/\/$/, '')),
      ),
    ).toEqual([]);
    await expectForgotten(gateway);
    await end(gateway);
    expectNoTrace(gateway, answers);
  }, 180_000);

  /** What the heap still reaches some time after the last request. */
  async function expectForgotten({ child, folder }: Process): Promise<void> {
    const snapshots = () => readdirSync(folder).filter((name) => name.endsWith('.heapsnapshot'));
    child.kill('SIGUSR2');
    let size = -1;
    await eventually(async () => {
      const [name] = snapshots();
      const now = name === undefined ? -1 : statSync(join(folder, name)).size;
      const isWhole = now > 0 && now === size;
      size = now;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return isWhole;
    }, 60_000);
    const bytes = readFileSync(join(folder, snapshots()[0] ?? ''));
    const typed = [
      'filePassword',
      'ldapPassword',
      'changedPassword',
      'wrongPassword',
      'passwordAsName',
      'clientSecret',
      'brokenBody',
    ];
    expect(secretsIn(bytes, Object.fromEntries(typed.map((name) => [name, secrets[name] ?? ''])))).toEqual(
      [],
    );
    // The search finds what the process must know.
    expect(secretsIn(bytes, { bindPassword: slapd.bindPassword })).not.toEqual([]);
  }

  it.each(['sign', 'relay'])(
    'leave no trace with a service that echoes them (%s)',
    async (mode) => {
      const upstream: Upstream = await startUpstream();
      const token = { EXTERNAL_AUTH_BEARER_TOKEN: secrets['serviceBearer'] ?? '' };
      const gateway = await start({
        ...{ STRATEGIES: 'external', EXTERNAL_AUTH_URL: upstream.url, EXTERNAL_AUTH_MODE: mode, ...token },
        ...{ EXTERNAL_AUTH_HMAC_SECRET: secrets['serviceHmac'] ?? '' },
      });
      const { wrongPassword = '', passwordAsName = '', serviceBearer = '' } = secrets;
      const echo = JSON.stringify({ password: wrongPassword, name: passwordAsName, bearer: serviceBearer });
      const answers: Answer[] = [];
      for (const status of [200, 201, 204, 302, 400, 401, 403, 404, 418, 423, 429, 500, 503]) {
        upstream.behave({ kind: 'answer', status, body: echo, headers: { 'x-echo': wrongPassword } });
        answers.push(await gateway.client.login(passwordAsName, wrongPassword));
        answers.push(await gateway.client.refresh(`refreshToken=${secrets['forgedToken']}`));
        answers.push(await gateway.client.logout(`refreshToken=${secrets['forgedToken']}`));
      }
      for (const behaviour of [
        { kind: 'raw', bytes: `NO HTTP ${wrongPassword}\r\n\r\n` },
        { kind: 'reset' },
      ] as const) {
        upstream.behave(behaviour);
        answers.push(await gateway.client.login(passwordAsName, wrongPassword));
      }
      answers.push(...(await sendEverywhere(gateway)));
      await end(gateway);
      await upstream.stop();
      expectNoTrace(gateway, answers);
    },
    120_000,
  );

  it('leave no trace in Redis but what is sealed, nor in the log while it is down', async () => {
    const redis = await RedisServer.start({ config: [`requirepass ${secrets['redisPassword']}`] });
    const url = redis.url.replace('//', `//:${secrets['redisPassword']}@`);
    const gateway = await start({ ...(await sources()), REDIS_URL: url });
    await live(gateway);
    await end(gateway);
    const again = await start({ ...(await sources()), REDIS_URL: url });
    await redis.stop();
    const answers = [await again.client.login('alice', people.alice.password)];
    answers.push(await again.client.refresh(`refreshToken=${secrets['forgedToken']}`));
    await end(again);
    expectNoTrace(gateway, []);
    expectNoTrace(again, answers);
    await redis.remove();
  }, 120_000);

  it('leave no trace when the process ends amid a login, or by a fault that nobody catches', async () => {
    const upstream = await startUpstream();
    const env = { STRATEGIES: 'external', EXTERNAL_AUTH_URL: upstream.url };
    upstream.behave({ kind: 'answer', status: 401, body: '{}', delayMs: 500 });
    const gateway = await start(env);
    const login = gateway.client.login('maria', secrets['wrongPassword'] ?? '');
    await eventually(() => upstream.requests.length > 0);
    await end(gateway);
    expectNoTrace(gateway, [await login]);
    const hook = join(temporaryFolder(), 'crash.cjs');
    writeFileSync(hook, `process.on('SIGUSR1', () => { throw new Error('a fault that nobody catches'); });`);
    upstream.behave({ kind: 'never' });
    const crashing = await start({ ...env, NODE_OPTIONS: `--require ${hook}` });
    const seen = upstream.requests.length;
    const lost = crashing.client.login('maria', secrets['wrongPassword'] ?? '').catch(() => undefined);
    await eventually(() => upstream.requests.length > seen);
    const ended = new Promise((resolve) => crashing.child.once('exit', resolve));
    crashing.child.kill('SIGUSR1');
    await Promise.all([ended, lost]);
    expect(crashing.output()).toContain('a fault that nobody catches');
    expectNoTrace(crashing, []);
    await upstream.stop();
  }, 120_000);
});
