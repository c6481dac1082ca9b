import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { cheapHash } from './cheap-hash';
import { writeUsersFile } from '../../src/strategies/file/users-file-access';
import { people, type Slapd, policyPeople } from '../servers/slapd';
import { secretsBelow, secretsIn } from './canaries';
import { type Answer, Client, cookieOf, objectOf, textOf } from './client';
import { temporaryFolder } from './gateway';
import { eventually } from './ldap-logins';

/** Secrets that nothing else is called like, by what they are. */
export const secrets: Record<string, string> = {
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
  jwtSecret: 'Cnry-jwt-secret-of-32-bytes-or-more',
  redisPassword: 'Cnry-redis-password',
};
/** Tokens and cookies that were given out, by whom. */
export const issued: Record<string, string> = {};
const main = join(__dirname, '..', '..', 'dist', 'main.js');
const running: ChildProcess[] = [];

afterAll(() => running.forEach((child) => child.kill('SIGKILL')));
export interface Process {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly client: Client;
  readonly url: string;
  readonly dataDir: string;
  readonly auditLog: string;
  readonly folder: string;
}

export async function start(env: Readonly<Record<string, string>>): Promise<Process> {
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

export async function end({ child }: Process): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve));
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

export const post = (body: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST',
  body,
  headers,
});

export async function everyRoute({ client }: Process): Promise<string[]> {
  const document = (await client.request('/openapi.json')).body;
  return Object.entries(objectOf(document['paths'])).flatMap(([path, item]) =>
    Object.keys(objectOf(item)).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** Secrets in every place of a request, to every route. What comes back may be anything but a secret. */
export async function sendEverywhere(gateway: Process): Promise<Answer[]> {
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
    const flat = Object.entries(fields).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    const form = new URLSearchParams(flat);
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
export function routesIn(output: string): Set<string> {
  return new Set(
    [...output.matchAll(/"method":"(\w+)","route":"([^"]+)"/g)].map(
      ([, method, route]) => `${method} ${route}`,
    ),
  );
}

export function expectNoTrace(
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

export async function sources(slapd: Slapd): Promise<Record<string, string>> {
  const usersFile = join(temporaryFolder(), 'users.json');
  const passwordHash = await cheapHash(secrets['filePassword'] ?? '');
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
export async function live({ client }: Process): Promise<void> {
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
