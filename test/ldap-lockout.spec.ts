import { noTriesLeft } from '../src/strategies/account-at-risk';
import {
  type PasswordChange,
  StrategyUnavailable,
  type Verdict,
} from '../src/strategies/credential-strategy';
import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';
import { people, policyDn, policyPeople, type Slapd, startSlapd } from './servers/slapd';
import { Client } from './support/client';
import { startGateway } from './support/gateway';
import { identityOf, ldapStrategy } from './support/ldap-logins';
import { RecordingGate } from './support/recording-gate';

let slapd: Slapd;

beforeAll(async () => {
  const access =
    'to attrs=userPassword by dn.exact="cn=gateway,ou=services,dc=example,dc=org" write by self =xw by anonymous auth';
  slapd = await startSlapd({ access: [access] });
});
afterAll(() => slapd?.remove());

const template = {
  LDAP_BIND_MODE: 'template',
  LDAP_USER_DN_TEMPLATE: 'uid={username},ou=people,dc=example,dc=org',
};
const withoutService = { LDAP_BIND_DN: undefined, LDAP_BIND_PASSWORD: undefined };
const byUidOrMail = { LDAP_USER_FILTER: '(|(uid={username})(mail={username}))' };
/** So the gateway is not told that `default`, which locks nobody, is the default. */
const unnamedDefault = { LDAP_LOCKOUT_POLICY_DN: undefined };
/** Of the policies `aging`, `grace` and `keep-a-day`. */
const strictest = { failures: 3, windowSeconds: 60 };
const policiesRead = () => slapd.countInLog('filter="(objectClass=pwdPolicy)"');

/** However the DN was written. */
const bindsAs = (dn: string) =>
  slapd.log().match(new RegExp(`BIND dn="${dn}" method=128`, 'gi'))?.length ?? 0;

function strategy(env: Record<string, string | undefined> = {}, logLines: string[] = []): LdapStrategy {
  return ldapStrategy({ ...slapd.variables, ...env }, logLines);
}

function login(
  ldap: LdapStrategy,
  gate: RecordingGate,
  username: string,
  password: string,
): Promise<Verdict> {
  return ldap.authenticate({ username, password }, gate.context);
}

function loginByDn(ldap: LdapStrategy, gate: RecordingGate, dn: string, password: string): Promise<Verdict> {
  return ldap.authenticateByDn({ username: dn, password, namedBy: 'dn' }, gate.context);
}

function change(
  ldap: LdapStrategy,
  gate: RecordingGate,
  who: { readonly username: string; readonly password: string; readonly namedBy?: 'dn' },
): Promise<PasswordChange> {
  return ldap.changePassword(who, 'Fresh-Secret-1', gate.context);
}

describe.each([
  ['search', {}],
  ['template with a service account', template],
])('by %s', (_, env) => {
  it('each bind passes the gate once, and all names of a person have the subject for a key', async () => {
    const ldap = strategy({ ...env, ...byUidOrMail });
    const gate = new RecordingGate();
    const { uid, dn, password } = people.alice;
    const { subject: key } = await identityOf(ldap, uid, password);
    const names = env === template ? [uid, 'ALICE', ' alice '] : [uid, 'ALICE', 'alice@example.org'];
    for (const name of names) {
      const before = bindsAs(dn);
      expect(await login(ldap, gate, name, 'wrong')).toMatchObject({ accepted: false });
      expect(await login(ldap, gate, name, password)).toMatchObject({ accepted: true });
      expect(gate.taken()).toMatchObject([
        { key, isFound: true, outcome: 'wrong' },
        { key, isFound: true, outcome: 'right' },
      ]);
      expect(bindsAs(dn)).toBe(before + 2);
    }
    expect(await loginByDn(ldap, gate, 'UID=Alice, OU=people,dc=example,dc=org', password)).toMatchObject({
      accepted: true,
    });
    expect(await change(ldap, gate, { username: uid, password: 'wrong' })).toMatchObject({ changed: false });
    expect(await change(ldap, gate, { username: dn, password: 'wrong', namedBy: 'dn' })).toMatchObject({
      changed: false,
    });
    expect(gate.taken()).toMatchObject([
      { key, outcome: 'right' },
      { key, outcome: 'wrong' },
      { key, outcome: 'wrong' },
    ]);
  });
});

describe('a gate that lets nothing through', () => {
  it.each([
    ['search', {}],
    ['template with a service account', template],
    ['template', { ...template, ...withoutService }],
  ])('keeps every password from slapd in logins by %s, and the audit trail learns why', async (_, env) => {
    const ldap = strategy(env);
    const gate = new RecordingGate();
    gate.isShut = true;
    const { uid, dn, password } = people.bob;
    const before = slapd.countBinds(dn);
    const refused = { accepted: false, reason: 'invalid_credentials', logReason: noTriesLeft };
    expect(await login(ldap, gate, uid, password)).toEqual(refused);
    expect(await loginByDn(ldap, gate, dn, password)).toEqual(refused);
    const notChanged = { changed: false, reason: 'invalid_credentials', logReason: noTriesLeft };
    expect(await change(ldap, gate, { username: uid, password })).toEqual(notChanged);
    expect(await change(ldap, gate, { username: dn, password, namedBy: 'dn' })).toEqual(notChanged);
    expect(slapd.countBinds(dn)).toBe(before);
    expect(slapd.countInLog('PASSMOD')).toBe(0);
    const keys = new Set(gate.taken().map(({ key }) => key));
    expect(keys.size).toBe(1);
  });

  it('is not asked for a name that nobody has', async () => {
    const gate = new RecordingGate();
    expect(await login(strategy(), gate, 'nobody', 'x')).toEqual({
      accepted: false,
      reason: 'invalid_credentials',
    });
    expect(gate.taken()).toEqual([]);
  });
});

describe('the policy of OpenLDAP', () => {
  it('is the strictest one for people without one of their own, and is read once; the log names it', async () => {
    const logLines: string[] = [];
    const ldap = strategy(unnamedDefault, logLines);
    const gate = new RecordingGate();
    const before = policiesRead();
    for (const { uid, password } of [people.alice, people.bob]) await login(ldap, gate, uid, password);
    expect(gate.taken()).toMatchObject([{ lockout: strictest }, { lockout: strictest }]);
    expect(policiesRead()).toBe(before + 1);
    const told = logLines.filter((line) => line.includes('LDAP_LOCKOUT_POLICY_DN'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(`${policyDn('aging')} is the strictest`);
  });

  it('is the one that LDAP_LOCKOUT_POLICY_DN names, whatever others there are', async () => {
    const before = policiesRead();
    for (const [named, lockout] of [
      [policyDn('default'), undefined],
      ['CN=Aging, OU=policies,dc=example,dc=org', strictest],
    ] as const) {
      const logLines: string[] = [];
      const ldap = strategy({ LDAP_LOCKOUT_POLICY_DN: named }, logLines);
      const gate = new RecordingGate();
      for (const { uid, password } of [people.alice, people.bob]) await login(ldap, gate, uid, password);
      expect(gate.taken().map((passage) => passage.lockout)).toEqual([lockout, lockout]);
      expect(logLines.join('')).not.toContain('LDAP_LOCKOUT_POLICY_DN');
    }
    expect(policiesRead()).toBe(before);
  });

  it('is the strictest one where the one that is named cannot be read, and the log says so', async () => {
    const logLines: string[] = [];
    const ldap = strategy({ LDAP_LOCKOUT_POLICY_DN: 'cn=gone,dc=example,dc=org' }, logLines);
    const gate = new RecordingGate();
    await login(ldap, gate, people.alice.uid, people.alice.password);
    expect(gate.taken()).toMatchObject([{ lockout: strictest }]);
    expect(logLines.join('')).toContain('LDAP_LOCKOUT_POLICY_DN names no password policy that may be read');
  });

  it('is not read where nobody counts', async () => {
    const before = policiesRead();
    await identityOf(strategy(), people.alice.uid, people.alice.password);
    expect(policiesRead()).toBe(before);
  });

  it('is the person’s own where they have one, with what slapd counts for them', async () => {
    const ldap = strategy();
    const gate = new RecordingGate();
    const { uid, password } = policyPeople.tooYoung;
    const dn = 'cn=keep-a-day,ou=policies,dc=example,dc=org';
    await slapd.modify(`dn: ${dn}\nchangetype: modify\nreplace: pwdMaxFailure\npwdMaxFailure: 7\n`);
    const read = slapd.countInLog(`SRCH base="${dn}"`);
    for (const typed of ['wrong', 'wrong', password, password]) await login(ldap, gate, uid, typed);
    const lockout = { failures: 7, windowSeconds: 60 };
    const passages = gate.taken();
    expect(passages.map(({ outcome }) => outcome)).toEqual(['wrong', 'wrong', 'right', 'right']);
    // No value of `pwdFailureTime` may also mean that it may not be read.
    expect(passages.map((passage) => passage.lockout)).toEqual([
      lockout,
      { ...lockout, counted: 1 },
      { ...lockout, counted: 2 },
      lockout,
    ]);
    expect(slapd.countInLog(`SRCH base="${dn}"`)).toBe(read + 1);
  });

  it('is read with the rights of whoever logs in first where there is no service account', async () => {
    const ldap = strategy({ ...template, ...withoutService, ...unnamedDefault });
    const gate = new RecordingGate();
    const before = policiesRead();
    for (const typed of ['wrong', people.bob.password, 'wrong', people.bob.password]) {
      await login(ldap, gate, people.bob.uid, typed);
    }
    const key = 'ldap:dn:uid=bob,ou=people,dc=example,dc=org';
    expect(gate.taken()).toEqual([
      { key, outcome: 'wrong' },
      { key, outcome: 'right' },
      { key, lockout: strictest, outcome: 'wrong' },
      { key, lockout: strictest, outcome: 'right' },
    ]);
    expect(policiesRead()).toBe(before + 1);
  });

  it('is what LDAP_LOCKOUT_THRESHOLD says, and is not read then', async () => {
    const before = policiesRead();
    for (const [threshold, lockout] of [
      ['4', { failures: 4, windowSeconds: 900 }],
      ['0', undefined],
    ] as const) {
      const ldap = strategy({ LDAP_LOCKOUT_THRESHOLD: threshold, LDAP_LOCKOUT_WINDOW_SECONDS: '900' });
      const gate = new RecordingGate();
      await login(ldap, gate, people.alice.uid, people.alice.password);
      expect(gate.taken().map((passage) => passage.lockout)).toEqual([lockout]);
    }
    expect(policiesRead()).toBe(before);
  });
});

describe('a look-up of the service account that fails', () => {
  it('is an outage in direct binds too: the name gets no tries of its own', async () => {
    const ldap = strategy({ ...template, LDAP_BIND_PASSWORD: 'wrong' });
    const gate = new RecordingGate();
    const { uid, dn, password } = people.alice;
    const before = bindsAs(dn);
    await expect(login(ldap, gate, uid, password)).rejects.toThrow(StrategyUnavailable);
    await expect(change(ldap, gate, { username: uid, password })).rejects.toThrow(StrategyUnavailable);
    expect(gate.taken()).toEqual([]);
    expect(bindsAs(dn)).toBe(before);
  });
});

describe('a directory that locks early', () => {
  it('bars no name early: the account’s own count keeps below it, and nobody sees it', async () => {
    const strict = { LDAP_LOCKOUT_POLICY_DN: policyDn('aging') };
    const gateway = await startGateway({ STRATEGIES: 'ldap', ...slapd.variables, ...strict });
    try {
      const client = new Client(gateway.url);
      const { uid, dn, password } = people.bob;
      const before = bindsAs(dn);
      const statuses: number[] = [];
      for (const typed of ['wrong', password, 'wrong', 'wrong', 'wrong', password]) {
        statuses.push((await client.login(uid, typed)).status);
      }
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
      expect(bindsAs(dn)).toBe(before + 1);
      expect((await client.login(people.alice.uid, people.alice.password)).status).toBe(200);
    } finally {
      await gateway.stop();
    }
  });
});

describe('a change carried by the service account', () => {
  it('passes the gate once for the bind and once for the old password that goes along', async () => {
    const ldap = strategy();
    const gate = new RecordingGate();
    const { uid, password } = policyPeople.expired;
    expect(await change(ldap, gate, { username: uid, password })).toMatchObject({ changed: true });
    expect(gate.taken().map(({ outcome }) => outcome)).toEqual(['right', 'right']);
  });
});

describe('an OpenLDAP that hides its policies', () => {
  let hiding: Slapd;
  beforeAll(async () => {
    hiding = await startSlapd({ access: ['to dn.subtree="ou=policies,dc=example,dc=org" by * none'] });
  });
  afterAll(() => hiding?.remove());

  it('fails no login; a person’s own policy that may not be read is told once', async () => {
    const logLines: string[] = [];
    const ldap = ldapStrategy(hiding.variables, logLines);
    const gate = new RecordingGate();
    const { uid, password } = policyPeople.warn;
    for (const typed of [password, password]) {
      expect(await login(ldap, gate, uid, typed)).toMatchObject({ accepted: true });
    }
    expect(gate.taken().map(({ lockout }) => lockout)).toEqual([undefined, undefined]);
    const warnings = logLines.filter((line) => line.includes('may not read a password policy'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('cn=aging,ou=policies,dc=example,dc=org');
    expect(warnings[0]).not.toContain(uid);
  });
});
