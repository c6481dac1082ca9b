import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';
import { type DomainUser, domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { identityOf, ldapStrategy } from './support/ldap-logins';
import { RecordingGate } from './support/recording-gate';

const { alice, gateway, lockMe, juergen, expiredChanger } = domainUsers;
const minute = 60;
const domainLockout = { failures: 5, windowSeconds: 30 * minute };
let samba: SambaAd;

beforeAll(async () => {
  samba = await startSambaAd();
  await samba.modify(domainLocksAfter(5));
}, 180_000);
afterAll(() => samba?.remove());

function domainLocksAfter(failures: number): string {
  const ticks = -30 * minute * 10_000_000;
  return `dn: ${samba.baseDn}
changetype: modify
replace: lockoutThreshold
lockoutThreshold: ${failures}
-
replace: lockOutObservationWindow
lockOutObservationWindow: ${ticks}
-
replace: lockoutDuration
lockoutDuration: ${ticks}
`;
}

function settings(): Record<string, string> {
  return {
    LDAP_URL: samba.ldapsUrl,
    LDAP_TLS_CA_FILE: samba.caFile,
    LDAP_BASE_DN: samba.baseDn,
    LDAP_DOMAIN: samba.domain,
    LDAP_NETBIOS_DOMAIN: 'EXAMPLE',
  };
}

function withService({ account, password }: DomainUser = gateway): Record<string, string> {
  return { LDAP_BIND_DN: `${account}@${samba.domain}`, LDAP_BIND_PASSWORD: password };
}

/** Reads what only an administrator may. */
const asAdministrator = () => ({
  LDAP_BIND_DN: `Administrator@${samba.domain}`,
  LDAP_BIND_PASSWORD: 'Adm1n-Secret!',
});

async function tried(ldap: LdapStrategy, username: string, ...passwords: readonly string[]) {
  const gate = new RecordingGate();
  for (const password of passwords) await ldap.authenticate({ username, password }, gate.context);
  return gate.taken();
}

describe.each([
  ['search', {}],
  ['user@domain with a service account', { LDAP_BIND_MODE: 'upn' }],
])('by %s', (_, mode) => {
  it('has one key for all names of a person, with what the domain counts for them', async () => {
    const ldap = ldapStrategy({ ...settings(), ...withService(), ...mode });
    const { subject: key } = await identityOf(ldap, alice.account, alice.password);
    const passages = [];
    for (const name of ['alice', 'ALICE', `alice@${samba.domain}`, 'EXAMPLE\\alice']) {
      passages.push(...(await tried(ldap, name, 'wrong')));
    }
    const gate = new RecordingGate();
    const byDn = { username: alice.dn, password: 'wrong', namedBy: 'dn' } as const;
    await ldap.changePassword(byDn, 'Another-Pass1!', gate.context);
    passages.push(...gate.taken());
    const wrong = (counted: number) => ({
      ...{ key, isFound: true, outcome: 'wrong' },
      lockout: { ...domainLockout, counted },
    });
    expect(passages).toEqual([0, 1, 2, 3, 4].map(wrong));
    await samba.modify(`dn: ${alice.dn}\nchangetype: modify\nreplace: lockoutTime\nlockoutTime: 0\n`);
    expect(await identityOf(ldap, alice.account, alice.password)).toMatchObject({ subject: key });
  });
});

it('knows the policy that holds for one person only, where the service account may read it', async () => {
  const ldap = ldapStrategy({ ...settings(), ...asAdministrator() });
  const lockout = { failures: 3, windowSeconds: minute };
  expect(await tried(ldap, lockMe.account, lockMe.password)).toMatchObject([{ lockout }]);
  expect(await tried(ldap, alice.account, alice.password)).toMatchObject([{ lockout: domainLockout }]);
});

it('takes the domain’s where it may not, and says so once', async () => {
  const logLines: string[] = [];
  const ldap = ldapStrategy({ ...settings(), ...withService() }, logLines);
  const passages = await tried(ldap, lockMe.account, lockMe.password, lockMe.password);
  expect(passages).toMatchObject([{ lockout: domainLockout }, { lockout: domainLockout }]);
  expect(logLines.filter((line) => line.includes('may not read a password policy'))).toHaveLength(1);
});

it('counts what travels with a change by the service account', async () => {
  const ldap = ldapStrategy({ ...settings(), ...withService() });
  const gate = new RecordingGate();
  const { account: username, password } = expiredChanger;
  expect(await ldap.changePassword({ username, password }, 'Another-Pass1!', gate.context)).toMatchObject({
    changed: true,
  });
  expect(gate.taken().map(({ outcome }) => outcome)).toEqual(['right', 'right']);
});

it('without a service account goes by the folded name, and learns the policy at the first login', async () => {
  const ldap = ldapStrategy({ ...settings(), LDAP_BIND_MODE: 'upn' });
  const key = `ldap:upn:jurgen@${samba.domain}`;
  expect(await tried(ldap, 'JÜRGEN', juergen.password)).toEqual([{ key, outcome: 'right' }]);
  const passages = await tried(ldap, 'EXAMPLE\\ju\u0308r\u00adgen', juergen.password);
  expect(passages).toMatchObject([{ key, lockout: domainLockout }]);
});

it('knows a domain that never locks', async () => {
  await samba.modify(domainLocksAfter(0));
  const ldap = ldapStrategy({ ...settings(), ...withService() });
  const [passage] = await tried(ldap, alice.account, alice.password);
  expect(passage).not.toHaveProperty('lockout');
});
