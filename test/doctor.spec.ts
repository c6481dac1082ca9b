import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './servers/process';
import { people, policyDn, type Slapd, startSlapd } from './servers/slapd';
import {
  DoctorCli,
  failed,
  type Outcome,
  type Report,
  type Step,
  stepOf,
  type Variables,
} from './support/doctor-cli';

const canary = 'canary-service-password';
const cli = new DoctorCli();
let slapd: Slapd;

beforeAll(async () => {
  slapd = await startSlapd();
});
afterAll(async () => {
  await slapd?.remove();
  cli.remove();
});

function good(): Variables {
  return { ...slapd.variables, STRATEGIES: 'ldap', LDAP_URL: slapd.ldapsUrl };
}

/** Its JSON form, in which no secret may be. */
async function report(env: Variables, ...args: readonly string[]): Promise<Report & Outcome> {
  const found = await cli.report(env, ...args);
  expectNoSecret(found);
  return found;
}

function expectNoSecret({ stdout, stderr }: Outcome): void {
  for (const secret of [
    slapd.bindPassword,
    canary,
    ...Object.values(people).map(({ password }) => password),
  ]) {
    expect(stdout + stderr).not.toContain(secret);
  }
}

describe('a good set-up', () => {
  it('passes every step, and shows what the token of a person would hold', async () => {
    const found = await report(good(), '--user', 'ALICE');
    expect(failed(found)).toEqual([]);
    expect(found.status).toBe(0);
    expect(found.steps.map(({ step }) => step)).toEqual([
      ...['settings', 'dns', 'tcp', 'starttls', 'tls', 'root-dse', 'service-bind', 'base-dn', 'user-search'],
      ...['groups', 'claims', 'token-size', 'password-policy'],
    ]);
    expect(found.claims['ldap']).toMatchObject({
      preferred_username: 'alice',
      name: 'Alice Ångström',
      email: 'alice@example.org',
      groups: ['engineers'],
    });
    expect(String(found.claims['ldap']?.['sub'])).toMatch(/^ldap:[0-9a-f-]{36}$/);
    expect(stepOf(found, 'tls')?.detail).toMatch(
      /^TLSv1\.3; CN=localhost <- CN=Gatehouse test ca.*days left/,
    );
    expect(stepOf(found, 'root-dse')?.detail).toMatch(
      /OpenLDAP.*paged results yes, password policy yes.*dc=example,dc=org/,
    );
    expect(stepOf(found, 'token-size')?.detail).toMatch(/^\d+ bytes/);
    expect(stepOf(found, 'password-policy')?.detail).toMatch(/ou=policies,dc=example,dc=org: /);
  });

  it('is shown line by line, with times', async () => {
    const outcome = await cli.run(good(), '--user', 'alice');
    expectNoSecret(outcome);
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/^ldap\n {2}ok {6}settings +\d+ ms {2}1 address/);
    expect(outcome.stdout).toContain('"preferred_username": "alice"');
  });

  it('works over StartTLS, and without a person', async () => {
    const found = await report({ ...good(), LDAP_URL: slapd.url, LDAP_START_TLS: 'true' });
    expect(found.status).toBe(0);
    expect(stepOf(found, 'starttls')).toMatchObject({ status: 'ok', detail: 'the server agrees' });
    expect(stepOf(found, 'groups')).toMatchObject({ status: 'skipped', detail: 'needs --user NAME' });
  });

  it('asks for no user bind and changes nothing', async () => {
    const before = slapd.countBinds(people.alice.dn);
    await cli.run(good(), '--user', 'alice');
    expect(slapd.countBinds(people.alice.dn)).toBe(before);
    expect(slapd.log()).not.toMatch(new RegExp(`(MOD|ADD|DEL) dn="${people.alice.dn}"`));
  });

  it('says how far below the directory’s lock the gateway stops', async () => {
    expect(stepOf(await report(good()), 'password-policy')).toMatchObject({
      status: 'ok',
      detail: `${policyDn('default')}: never locks, passwords never end`,
    });
    const strict = await report({ ...good(), LDAP_LOCKOUT_POLICY_DN: policyDn('aging') });
    expect(stepOf(strict, 'password-policy')).toMatchObject({ status: 'ok' });
    expect(stepOf(strict, 'password-policy')?.detail).toMatch(
      /locks after 3 failures within 1 min.*; the gateway lets 2 wrong passwords of an account through at most$/,
    );
  });

  it('names the policy that counts where the default one is not known', async () => {
    const { LDAP_LOCKOUT_POLICY_DN: _, ...unnamed } = good();
    const step = stepOf(await report(unnamed), 'password-policy');
    expect(step).toMatchObject({ status: 'warn', setting: 'LDAP_LOCKOUT_POLICY_DN' });
    expect(step?.detail).toContain(`${policyDn('aging')} is the strictest and counts for everybody`);
    const gone = await report({ ...good(), LDAP_LOCKOUT_POLICY_DN: 'cn=gone,dc=example,dc=org' });
    expect(stepOf(gone, 'password-policy')).toMatchObject({ setting: 'LDAP_LOCKOUT_POLICY_DN' });
    expect(stepOf(gone, 'password-policy')?.detail).toContain('names no password policy that may be read');
  });

  it('warns when wrong passwords of one account can lock it', async () => {
    const strict = { ...good(), LDAP_LOCKOUT_POLICY_DN: policyDn('aging') };
    const uncounted = await report({ ...strict, LOCKOUT_MAX_FAILURES: '0' });
    expect(stepOf(uncounted, 'password-policy')).toMatchObject({
      status: 'warn',
      setting: 'LOCKOUT_MAX_FAILURES',
    });
    expect(stepOf(uncounted, 'password-policy')?.detail).toContain('any number of wrong passwords');
    expect(uncounted.status).toBe(0);
    const preset = await report({ ...good(), LDAP_LOCKOUT_THRESHOLD: '1' });
    expect(stepOf(preset, 'password-policy')?.detail).toMatch(
      /^LDAP_LOCKOUT_THRESHOLD: locks after 1 failures.*lets 1 wrong password of an account through, enough to lock/,
    );
  });
});

describe('a bad set-up is named, with the setting to change', () => {
  const cases: readonly [
    string,
    () => Variables | Promise<Variables>,
    readonly string[],
    Partial<Step>,
    RegExp,
  ][] = [
    [
      'a wrong host name',
      () => ({ LDAP_URL: 'ldaps://directory.invalid' }),
      [],
      { step: 'dns', setting: 'LDAP_URL' },
      /nobody knows this name|name server/,
    ],
    [
      'a closed port',
      async () => ({ LDAP_URL: `ldaps://127.0.0.1:${await freePort()}` }),
      [],
      { step: 'tcp', setting: 'LDAP_URL' },
      /nothing listens there \(ECONNREFUSED\)/,
    ],
    [
      'an unknown authority',
      () => ({ LDAP_TLS_CA_FILE: slapd.strangerCaFile }),
      [],
      { step: 'tls', setting: 'LDAP_TLS_CA_FILE' },
      /its authority is unknown: CN=localhost <- CN=Gatehouse test ca/,
    ],
    [
      'a wrong service password',
      () => ({ LDAP_BIND_PASSWORD: canary }),
      [],
      { step: 'service-bind', setting: 'LDAP_BIND_PASSWORD' },
      /refuses the service account cn=gateway,ou=services,dc=example,dc=org: invalid credentials/,
    ],
    [
      'a base DN that does not exist',
      () => ({ LDAP_BASE_DN: 'ou=nowhere,dc=example,dc=org' }),
      [],
      { step: 'base-dn', setting: 'LDAP_BASE_DN' },
      /does not exist.*the server holds dc=example,dc=org/,
    ],
    [
      'an unknown person',
      () => ({}),
      ['--user', 'nobody-here'],
      { step: 'user-search', setting: 'LDAP_USER_FILTER' },
      /nobody below dc=example,dc=org is found for the name "nobody-here"/,
    ],
    [
      'a port without TLS',
      () => ({ LDAP_URL: slapd.url.replace('ldap:', 'ldaps:') }),
      [],
      { step: 'tls', setting: 'LDAP_URL' },
      /speaks LDAP without TLS on this port/,
    ],
    [
      'a name that finds two people',
      () => ({ LDAP_USER_FILTER: '(title={username})' }),
      ['--user', 'Engineer'],
      { step: 'user-search', setting: 'LDAP_USER_FILTER' },
      /more than one entry/,
    ],
    [
      'a base of groups that does not exist',
      () => ({ LDAP_GROUP_MODE: 'search', LDAP_GROUP_BASE_DN: 'ou=nope,dc=example,dc=org' }),
      ['--user', 'alice'],
      { step: 'groups', setting: 'LDAP_GROUP_BASE_DN' },
      /ou=nope,dc=example,dc=org does not exist/,
    ],
    [
      'ldap:// to the port of ldaps',
      () => ({ LDAP_URL: slapd.ldapsUrl.replace('ldaps:', 'ldap:'), LDAP_TLS_CA_FILE: undefined }),
      [],
      { step: 'root-dse', setting: 'LDAP_URL' },
      /may speak TLS, use ldaps/,
    ],
  ];

  it.each(cases)('%s', async (_, env, args, expected, detail) => {
    const found = await report({ ...good(), ...(await env()) }, ...args);
    expect(found.status).toBe(1);
    expect(found.stderr).toBe('1 step failed\n');
    const [step, ...others] = failed(found);
    expect(others).toEqual([]);
    expect(step).toMatchObject(expected);
    expect(step?.detail).toMatch(detail);
    const after = found.steps.slice(found.steps.findIndex(({ status }) => status === 'fail') + 1);
    const names = after.filter(({ status }) => status !== 'skipped').map((one) => one.step);
    expect(names.filter((name) => name !== 'password-policy')).toEqual([]);
    const text = await cli.run({ ...good(), ...(await env()) }, ...args);
    expectNoSecret(text);
    expect(text.stdout).toContain(`to change: ${expected.setting}`);
  });

  it('with the names of its own variables for a further directory', async () => {
    const partners = Object.entries(slapd.variables).map(
      ([name, value]) => [name.replace('LDAP_', 'LDAP_PARTNERS_'), value] as const,
    );
    const env = { ...Object.fromEntries(partners), LDAP_PARTNERS_BASE_DN: 'dc=nowhere' };
    const found = await report(
      { ...good(), STRATEGIES: 'ldap,ldap.partners', ...env },
      '--strategy',
      'ldap.partners',
    );
    expect(failed(found)).toMatchObject([
      { strategy: 'ldap.partners', step: 'base-dn', setting: 'LDAP_PARTNERS_BASE_DN' },
    ]);
    expect(new Set(found.steps.map(({ strategy }) => strategy))).toEqual(new Set(['ldap.partners']));
  });

  it('and the other servers are looked at all the same', async () => {
    const LDAP_URL = `ldaps://127.0.0.1:${await freePort()},${slapd.ldapsUrl}`;
    const found = await report({ ...good(), LDAP_URL }, '--user', 'alice');
    expect(failed(found)).toMatchObject([{ step: 'tcp' }]);
    expect(found.claims['ldap']).toMatchObject({ preferred_username: 'alice' });
    expect(found.status).toBe(1);
  });

  it('also when the configuration cannot be used at all', async () => {
    const found = await report({ ...good(), LDAP_URL: undefined, PORT: 'nonsense' });
    expect(failed(found).map(({ step }) => step)).toContain('settings');
    expect(found.status).toBe(1);
    const text = await cli.run({ ...good(), PORT: 'nonsense' });
    expect(text).toMatchObject({ status: 1, stdout: '' });
    expect(text.stderr).toContain('PORT');
  });
});

describe('the other sources', () => {
  it('are looked at in their order', async () => {
    const EXTERNAL_AUTH_URL = `http://127.0.0.1:${await freePort()}`;
    const found = await report({ STRATEGIES: 'file,external', EXTERNAL_AUTH_URL });
    expect(found.steps).toMatchObject([
      { strategy: 'file', step: 'users-file', status: 'warn', setting: 'USERS_FILE' },
      { strategy: 'external', step: 'settings', status: 'ok' },
      { strategy: 'external', step: 'dns', status: 'ok' },
      { strategy: 'external', step: 'tcp', status: 'fail', setting: 'EXTERNAL_AUTH_URL' },
      ...Array.from({ length: 6 }, () => ({ strategy: 'external', status: 'skipped' })),
    ]);
    expect(found.status).toBe(1);
  });

  it('are judged by their users file', async () => {
    const broken = join(cli.folder, 'broken.json');
    writeFileSync(broken, '{"users":[{"passwordHash":"canary-hash"}]}');
    const outcome = await cli.run({ STRATEGIES: 'file', USERS_FILE: broken });
    expect(outcome.status).toBe(1);
    expect(outcome.stdout).toContain('users[0].id');
    expect(outcome.stdout).not.toContain('canary');
  });

  it('are none in a demo', async () => {
    expect((await report({})).steps).toMatchObject([
      { strategy: 'demo', status: 'warn', setting: 'STRATEGIES' },
    ]);
  });
});

it.each([['--user='], ['--strategy=ldap.other'], ['--frobnicate'], ['words']])(
  'is called wrongly with %s',
  async (arg) => {
    const outcome = await cli.run(good(), arg);
    expect(outcome).toMatchObject({ status: 2, stdout: '' });
    expect(outcome.stderr).toContain('doctor [--user NAME]');
  },
);
