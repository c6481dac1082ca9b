import { readFileSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditActions, auditEventNames, auditOutcomes, sessionEndCauses } from '../src/common/audit-trail';
import { createLogger } from '../src/common/logger';
import { AuditLog } from '../src/ops/audit-log';
import { SessionService } from '../src/sessions/session.service';
import { StoreUnavailable } from '../src/stores/store';
import { cheapHash } from './support/cheap-hash';
import { writeUsersFile } from '../src/strategies/file/users-file-access';
import { people, type Slapd, policyPeople, startSlapd } from './servers/slapd';
import { auditLinesIn, auditSchemaDocument, auditValidator } from './support/audit-lines';
import { Client, cookieOf, type JsonObject, objectOf, textOf } from './support/client';
import { FakeClock } from './support/fake-clock';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';
import { SourcePrograms } from './support/source-program';

const password = 'correct horse battery';
const clientSecret = 'sha256:'.padEnd(71, '0');
const trapped = 'mallory\r\n{"audit":true}\u202e\u0007';
let slapd: Slapd;
let file: string;
let lines: JsonObject[];

beforeAll(async () => {
  slapd = await startSlapd();
}, 60_000);
afterAll(() => slapd.remove());

async function start(auditLog: string, env: Readonly<Record<string, string>> = {}): Promise<RunningGateway> {
  const usersFile = join(temporaryFolder(), 'users.json');
  const admin = { id: '22222222-2222-4222-8222-222222222222', username: 'boss', disabled: false };
  const users = [{ ...admin, passwordHash: await cheapHash(password), groups: [], roles: ['operator'] }];
  writeUsersFile(usersFile, users);
  return startGateway({
    ...{ STRATEGIES: 'file,ldap', USERS_FILE: usersFile, ADMIN_ROLE: 'operator', AUDIT_LOG: auditLog },
    ...slapd.variables,
    ...{ OAUTH_CLIENTS: JSON.stringify([{ client_id: 'api', client_secret_hash: clientSecret }]) },
    ...{ SESSIONS_MAX_PER_PERSON: '2', RATE_LIMIT_AUTH_MAX: '14', LDAP_URL: slapd.ldapsUrl, ...env },
  });
}

/** Something of every event that requests lead to. */
async function useEverything(gateway: RunningGateway): Promise<void> {
  const client = new Client(gateway.url);
  const logIn = async (name = 'alice', given = people.alice.password) => {
    gateway.clock.advance(1000);
    return client.login(name, given);
  };
  const spent = await logIn();
  const successor = await client.refresh(cookieOf(spent));
  await client.refresh(cookieOf(successor));
  gateway.clock.advance(31_000);
  await client.refresh(cookieOf(spent));
  await client.logout(cookieOf(await logIn()));
  for (let count = 0; count < 3; count++) await logIn();
  const bearer = async (name?: string, given?: string) => ({
    authorization: `Bearer ${textOf((await logIn(name, given)).data, 'access_token')}`,
  });
  await client.request('/api/auth/sessions', { method: 'DELETE', headers: await bearer() });
  const boss = await bearer('boss', password);
  await client.request('/api/admin/sessions?user=alice', { method: 'DELETE', headers: boss });
  const { uid } = policyPeople.changer;
  const changed = {
    usuario: uid,
    contrasenia: policyPeople.changer.password,
    nueva_contrasenia: 'New-Secret-99',
  };
  await logIn(uid, policyPeople.changer.password);
  await client.request('/api/auth/password', { method: 'POST', body: changed });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = 'grant_type=refresh_token&refresh_token=x&client_id=api&client_secret=wrong';
  await client.request('/oidc/token', { method: 'POST', body, headers: form });
  await logIn(trapped, 'wrong');
  for (let count = 0; count < 5; count++) await logIn('nobody', 'wrong');
}

describe('the audit trail of a whole run', () => {
  beforeAll(async () => {
    file = join(temporaryFolder(), 'audit.log');
    const gateway = await start(file);
    await useEverything(gateway);
    await gateway.stop();
    const programs = new SourcePrograms();
    const env = { AUDIT_LOG: file, DATA_DIR: gateway.dataDir };
    const added = programs.start('cli/main.ts users add zoe --password-stdin'.split(' '), env);
    added.child.stdin?.end(`${password}\n`);
    await added.ended;
    for (const words of ['users disable zoe', 'clients add portal --public', 'keys rotate --now']) {
      const outcome = await programs.cli(words, env);
      expect(outcome).toMatchObject({ status: 0 });
    }
    writeGap(file);
    lines = auditLinesIn(file);
  }, 120_000);

  /** As after a disk that was full. */
  function writeGap(path: string): void {
    const options = {
      AUDIT_LOG: 'stdout',
      AUDIT_NAMES: 'plain',
      DATA_DIR: '',
      REDIS_URL: undefined,
    } as const;
    const output = { write: (line: string) => writeFileSync(path, line, { flag: 'a' }) };
    const log = new AuditLog(new FakeClock(), createLogger('silent'), output, {
      ...options,
      AUDIT_NAMES_KEY: undefined,
    });
    log.record({
      event: 'audit_gap',
      outcome: 'unavailable',
      door: 'audit',
      requestId: 'audit',
      address: '',
      lost: 1,
    });
  }

  it('fits docs/audit.schema.json line by line', () => {
    const validate = auditValidator();
    const faults = lines.filter((line) => !validate(line)).map((line) => ({ line, errors: validate.errors }));
    expect(faults).toEqual([]);
    expect(lines.length).toBeGreaterThan(30);
  });

  it('has every event, and the documents and the code name the same', () => {
    expect(new Set(lines.map(({ event }) => event))).toEqual(new Set(auditEventNames));
    const enumOf = (name: string) => objectOf(objectOf(auditSchemaDocument['properties'])[name])['enum'];
    expect(enumOf('event')).toEqual(auditEventNames);
    expect(enumOf('outcome')).toEqual(auditOutcomes);
    expect(enumOf('cause')).toEqual(sessionEndCauses);
    expect(enumOf('action')).toEqual(auditActions);
    const page = readFileSync(join(__dirname, '..', 'docs', 'audit.md'), 'utf8');
    expect([...page.matchAll(/^### `(\w+)`$/gm)].map((match) => match[1])).toEqual(auditEventNames);
    for (const member of Object.keys(objectOf(auditSchemaDocument['properties']))) {
      expect(page).toContain(`\`${member}\``);
    }
  });

  it('has examples in docs/audit.md that fit the schema', () => {
    const page = readFileSync(join(__dirname, '..', 'docs', 'audit.md'), 'utf8');
    const examples = [...page.matchAll(/^```json\n(.+?)^```/gms)].map((match) =>
      objectOf(JSON.parse(match[1] ?? '')),
    );
    const validate = auditValidator();
    expect(examples.filter((line) => !validate(line))).toEqual([]);
    expect(new Set(examples.map(({ event }) => event))).toEqual(new Set(auditEventNames));
  });

  it('tells why each session ended', () => {
    const ends = lines.filter(({ event }) => event === 'session_end');
    expect(new Set(ends.map(({ cause }) => cause))).toEqual(
      new Set(['limit', 'own', 'administrator', 'password_change']),
    );
    expect(ends.filter(({ cause }) => cause === 'administrator')[0]).toMatchObject({
      actor: 'file:22222222-2222-4222-8222-222222222222',
    });
  });

  it('tells of a limit once for its window and address', () => {
    expect(lines.filter(({ event }) => event === 'rate_limit')).toMatchObject([
      { address: '127.0.0.1', reason: 'too many logins (RATE_LIMIT_AUTH_MAX)' },
    ]);
  });

  it('names the keys that were published, that sign, and that sign no more, and who rotated', () => {
    const keys = lines.filter(({ event }) => event === 'signing_key');
    expect(keys.map(({ door, action }) => [door, action])).toEqual([
      ['keys', 'published'],
      ['keys', 'promoted'],
      ['cli', 'published'],
      ['cli', 'promoted'],
      ['cli', 'retired'],
    ]);
    expect(keys[4]).toMatchObject({ kid: keys[0]?.['kid'] });
    expect(keys[4]?.['actor']).toMatch(/^os:/);
  });

  it('writes a name that nobody is known to have as a hash alone, and never its line break', () => {
    const refused = lines.filter(({ event, outcome }) => event === 'login' && outcome === 'refused');
    expect(refused.length).toBeGreaterThan(0);
    for (const line of refused) {
      expect(line).not.toHaveProperty('username');
      expect(line['usernameHash']).toMatch(/^[\w-]{43}$/);
    }
    expect(readFileSync(file, 'utf8')).not.toContain('mallory');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('a wrong password', () => {
  it('shows whose account was tried where the source had found it, and only then', async () => {
    const audit = join(temporaryFolder(), 'audit.log');
    const gateway = await start(audit);
    const client = new Client(gateway.url);
    for (const name of ['boss', 'alice', 'Passw0rd-in-the-wrong-field']) await client.login(name, 'wrong');
    const { uid } = policyPeople.changer;
    const change = { usuario: uid, contrasenia: 'wrong', nueva_contrasenia: 'New-Secret-99' };
    await client.request('/api/auth/password', { method: 'POST', body: change });
    await gateway.stop();
    const refused = auditLinesIn(audit).filter(({ outcome }) => outcome === 'refused');
    expect(refused.map(({ username }) => username)).toEqual(['boss', 'alice', undefined, uid]);
    for (const { usernameHash } of refused) expect(usernameHash).toMatch(/^[\w-]{43}$/);
    expect(readFileSync(audit, 'utf8')).not.toMatch(/passw0rd-in/i);
  }, 60_000);

  it('shows no name where a directory counts by names alone', async () => {
    const audit = join(temporaryFolder(), 'audit.log');
    const direct = { LDAP_BIND_DN: '', LDAP_BIND_PASSWORD: '' };
    const template = { LDAP_USER_DN_TEMPLATE: `uid={username},ou=people,${slapd.variables['LDAP_BASE_DN']}` };
    const gateway = await start(audit, { LDAP_BIND_MODE: 'template', ...direct, ...template });
    await new Client(gateway.url).login('alice', 'wrong');
    await gateway.stop();
    const [refused] = auditLinesIn(audit).filter(({ outcome }) => outcome === 'refused');
    expect(refused).toHaveProperty('usernameHash');
    expect(refused).not.toHaveProperty('username');
  }, 60_000);
});

describe('AUDIT_NAMES=hashed', () => {
  it('names nobody in any line, and matches the lines of one person over replicas', async () => {
    const audit = join(temporaryFolder(), 'audit.log');
    const key = { AUDIT_NAMES: 'hashed', AUDIT_NAMES_KEY: 'a key of at least thirty-two bytes' };
    const subjects: unknown[] = [];
    const logs: string[] = [];
    for (let replica = 0; replica < 2; replica++) {
      const gateway = await start(audit, key);
      const login = await new Client(gateway.url).login('alice', people.alice.password);
      await new Client(gateway.url).login('alice', 'wrong');
      const [, payload = ''] = textOf(login.data, 'access_token').split('.');
      subjects.push(objectOf(JSON.parse(Buffer.from(payload, 'base64url').toString()))['sub']);
      logs.push(gateway.logs());
      await gateway.stop();
    }
    const logins = auditLinesIn(audit).filter(({ event }) => event === 'login');
    expect(logins).toHaveLength(4);
    expect(new Set(logins.map(({ usernameHash }) => usernameHash)).size).toBe(1);
    expect(new Set(logins.map(({ subjectHash }) => subjectHash)).size).toBe(2);
    const everything = readFileSync(audit, 'utf8') + logs.join('');
    expect(everything).not.toContain('alice');
    for (const subject of subjects) expect(everything).not.toContain(String(subject));
  });
});

describe('a store that fails when the session of a login is to be opened', () => {
  it('leaves the line of this login', async () => {
    const audit = join(temporaryFolder(), 'audit.log');
    const gateway = await start(audit);
    try {
      const sessions = gateway.app.get(SessionService, { strict: false });
      jest.spyOn(sessions, 'open').mockRejectedValueOnce(new StoreUnavailable('away'));
      const { status } = await new Client(gateway.url).login('alice', people.alice.password);
      expect(status).toBe(503);
    } finally {
      await gateway.stop();
    }
    const logins = auditLinesIn(audit).filter(({ event }) => event === 'login');
    expect(logins).toMatchObject([{ outcome: 'unavailable', username: 'alice' }]);
  });
});

describe('a full disk', () => {
  it('fails no request, shows at /health/live, and is told once it is over', async () => {
    const path = join(temporaryFolder(), 'audit.log');
    symlinkSync('/dev/full', path);
    const gateway = await start(path);
    const client = new Client(gateway.url);
    const live = async () => (await client.request('/health/live')).text;
    expect((await client.login('alice', people.alice.password)).status).toBe(200);
    await eventually(async () => (await live()).includes('"audit":"failing"'));
    expect(gateway.logs()).toContain('AUDIT_LOG cannot be written');
    unlinkSync(path);
    await eventually(async () => (await live()) === '{"status":"ok"}', 20_000);
    await gateway.stop();
    expect(auditLinesIn(path).map(({ event }) => event)).toEqual(['signing_key', 'signing_key', 'login']);
  }, 60_000);

  it('keeps the gateway from starting only where the file cannot be opened', async () => {
    await expect(start(join(temporaryFolder(), 'missing', 'audit.log'))).rejects.toThrow(
      /AUDIT_LOG names a file that cannot be opened for appending \(ENOENT\)/,
    );
  });
});
