import { loadSettings } from '../src/config/load-settings';
import { StrategyUnavailable } from '../src/strategies/credential-strategy';
import { Deadline } from '../src/strategies/outbound/deadline';
import { Directory } from '../src/strategies/ldap/connection/directory';
import { ldapOptions } from '../src/strategies/ldap/ldap-options';
import { activeDirectoryCapability } from '../src/strategies/ldap/entry/root-dse';
import {
  changePassword,
  type PasswordChangePorts,
  type PasswordOwner,
} from '../src/strategies/ldap/password/password-change';
import { domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { people, policyPeople, type Slapd, startSlapd } from './servers/slapd';

let slapd: Slapd;
/** The same directory, whose service account may set passwords. */
let generous: Slapd;
let samba: SambaAd;
const opened: Directory[] = [];
const outcomes: string[] = [];
const wrong = 'Canary-Wrong-1';
const fresh = 'Canary-New-1';

beforeAll(async () => {
  const access =
    'to attrs=userPassword by dn.exact="cn=gateway,ou=services,dc=example,dc=org" write by self =xw by anonymous auth';
  [slapd, generous, samba] = await Promise.all([
    startSlapd(),
    startSlapd({ access: [access] }),
    startSambaAd(),
  ]);
}, 180_000);
afterAll(async () => {
  await Promise.all(opened.map((directory) => directory.close()));
  await Promise.all([slapd?.remove(), generous?.remove(), samba?.remove()]);
});

interface Person {
  readonly dn: string;
  readonly password: string;
}

/** A directory as an operator would set it up, and what its root DSE says it is. */
async function directoryOf(variables: Readonly<Record<string, string>>) {
  const { settings } = loadSettings({ STRATEGIES: 'ldap', ...variables });
  const directory = new Directory('ldap', ldapOptions(settings).directory);
  opened.push(directory);
  const rootDse = await directory.rootDse(['supportedCapabilities'], Deadline.in(5000));
  const isActiveDirectory = [rootDse?.supportedCapabilities].flat().includes(activeDirectoryCapability);
  return { directory, isActiveDirectory };
}

type OpenDirectory = Awaited<ReturnType<typeof directoryOf>>;

function portsOf({ directory }: OpenDirectory): PasswordChangePorts {
  return {
    withUser: (task, deadline) => directory.withUser(task, deadline),
    withService: (task, deadline) => directory.withService(task, deadline),
  };
}

function ownerOf({ isActiveDirectory }: OpenDirectory, { dn }: Person): PasswordOwner {
  const personOn = () => Promise.resolve({ dn, subject: 'ldap:1', isAllowed: true });
  return {
    strategy: 'ldap',
    bindName: dn,
    personOn,
    isSeenByUserOnly: false,
    isActiveDirectory,
    tryOld: (attempt) => attempt(),
  };
}

async function change(to: OpenDirectory, person: Person, newPassword: string, oldPassword = person.password) {
  const passwords = { oldPassword, newPassword };
  const outcome = await changePassword(ownerOf(to, person), passwords, portsOf(to), Deadline.in(10_000));
  outcomes.push(JSON.stringify(outcome));
  return outcome;
}

async function accepts({ directory }: OpenDirectory, { dn }: Person, password: string): Promise<boolean> {
  return (await directory.bindUser(dn, password, Deadline.in(5000))).accepted;
}

const changed = { changed: true, subject: 'ldap:1' };
const refused = { changed: false, reason: 'invalid_credentials' };
const rejected = (en: string) => ({ changed: false, reason: 'rejected_by_policy', text: { en } });
const tooShort = rejected('The password is too short');
const usedBefore = rejected('The password has been used before');
const tooYoung = rejected('The password was changed too recently to be changed again');

describe('a password in OpenLDAP', () => {
  const { changer, mustChanger, graceChanger, expired } = policyPeople;
  let to: OpenDirectory;

  beforeAll(async () => {
    to = await directoryOf(slapd.variables);
  });

  it('is not changed by who does not know it', async () => {
    expect(await change(to, changer, fresh, wrong)).toMatchObject(refused);
    expect(await change(to, people.locked, fresh)).toMatchObject(refused);
    expect(await change(to, { dn: `uid=nobody,${slapd.baseDn}`, password: wrong }, fresh)).toMatchObject(
      refused,
    );
    expect(await accepts(to, changer, changer.password)).toBe(true);
  });

  it('is not changed to one that the policy refuses, with its reason', async () => {
    expect(await change(to, changer, 'abc')).toMatchObject(tooShort);
    expect(await change(to, changer, '')).toMatchObject(tooShort);
    expect(await change(to, changer, changer.password)).toMatchObject(usedBefore);
    expect(await change(to, policyPeople.tooYoung, fresh)).toMatchObject(tooYoung);
    expect(await accepts(to, changer, changer.password)).toBe(true);
  });

  it('is changed, with any letters, by exactly one bind, and then not back to an old one', async () => {
    const odd = 'Nëw-pässwörd€漢 "\\,+🔑';
    const before = slapd.countBinds(changer.dn);
    expect(await change(to, changer, odd)).toEqual(changed);
    expect(slapd.countBinds(changer.dn)).toBe(before + 1);
    expect(await accepts(to, changer, odd)).toBe(true);
    expect(await accepts(to, changer, changer.password)).toBe(false);
    expect(await change(to, changer, changer.password, odd)).toMatchObject(usedBefore);
  });

  it('is changed by who must change it, and by who is in the days of grace', async () => {
    for (const person of [mustChanger, graceChanger]) {
      expect(await change(to, person, fresh)).toEqual(changed);
      const outcome = await to.directory.bindUser(person.dn, fresh, Deadline.in(5000));
      expect(outcome).toEqual({ accepted: true, notice: { mustChange: false } });
    }
  });

  it('stays expired without grace logins where the service account may not set passwords', async () => {
    const before = slapd.countBinds(expired.dn);
    expect(await change(to, expired, fresh, wrong)).toMatchObject(refused);
    expect(await change(to, expired, fresh)).toEqual({
      changed: false,
      reason: 'password_expired',
      logReason: 'password_expired; the service account may not set passwords',
    });
    expect(slapd.countBinds(expired.dn)).toBe(before + 2);
  });

  it('is changed when it has expired where the service account may set passwords, under the same policy', async () => {
    const there = await directoryOf(generous.variables);
    expect(await change(there, expired, fresh, wrong)).toMatchObject(refused);
    expect(await change(there, expired, 'abc')).toMatchObject(tooShort);
    const before = generous.countBinds(expired.dn);
    expect(await change(there, expired, fresh)).toEqual(changed);
    expect(generous.countBinds(expired.dn)).toBe(before + 1);
    const outcome = await there.directory.bindUser(expired.dn, fresh, Deadline.in(5000));
    expect(outcome).toEqual({ accepted: true, notice: { mustChange: false } });
  });
});

describe('a password in Active Directory', () => {
  const { changer, mustChanger, expiredChanger, disabled, accountExpired } = domainUsers;
  let to: OpenDirectory;

  beforeAll(async () => {
    to = await directoryOf({
      LDAP_URL: samba.ldapsUrl,
      LDAP_TLS_CA_FILE: samba.caFile,
      LDAP_BASE_DN: samba.baseDn,
      LDAP_BIND_DN: `${domainUsers.gateway.account}@${samba.domain}`,
      LDAP_BIND_PASSWORD: domainUsers.gateway.password,
    });
  });

  it('belongs to a directory that says what it is', () => expect(to.isActiveDirectory).toBe(true));

  it('is not changed by who does not know it', async () => {
    for (const person of [changer, mustChanger, expiredChanger, disabled]) {
      expect(await change(to, person, fresh, wrong)).toMatchObject(refused);
    }
  });

  it('is not changed for an account that may not be used', async () => {
    expect(await change(to, disabled, fresh)).toMatchObject({ changed: false, reason: 'account_disabled' });
    expect(await change(to, accountExpired, fresh)).toMatchObject({
      changed: false,
      reason: 'account_expired',
    });
  });

  it('is not changed to one that the policy refuses, with its reason', async () => {
    const tooSimple = rejected('The password is not complex enough');
    expect(await change(to, changer, 'Ab1!')).toMatchObject(tooShort);
    expect(await change(to, changer, 'abcdefghijkl')).toMatchObject(tooSimple);
    expect(await change(to, changer, changer.password)).toMatchObject(usedBefore);
    expect(await change(to, domainUsers.tooYoung, fresh)).toMatchObject(tooYoung);
    expect(await change(to, mustChanger, 'Ab1!')).toMatchObject(tooShort);
    expect(await change(to, expiredChanger, expiredChanger.password)).toMatchObject(usedBefore);
  });

  // Whether the old one is still accepted is not asked: Active Directory takes it for another hour.
  it('is changed, with any letters, by who knows it', async () => {
    const odd = 'Nëw-Pässwörd€漢 "\\,+🔑1';
    expect(await change(to, changer, odd)).toEqual(changed);
    expect(await accepts(to, changer, odd)).toBe(true);
  });

  it('is changed by who must change it and by whose has expired', async () => {
    for (const person of [mustChanger, expiredChanger]) {
      expect(await accepts(to, person, person.password)).toBe(false);
      expect(await change(to, person, fresh)).toEqual(changed);
      expect(await accepts(to, person, fresh)).toBe(true);
    }
  });

  it('stays as it is when it must be changed and nobody could carry the change', async () => {
    const { mustChange: person } = domainUsers;
    const { withUser } = portsOf(to);
    const passwords = { oldPassword: person.password, newPassword: fresh };
    const outcome = await changePassword(ownerOf(to, person), passwords, { withUser }, Deadline.in(5000));
    expect(outcome).toMatchObject({ changed: false, reason: 'password_must_change' });
  });

  it('is not sent over a connection in clear text', async () => {
    const passwords = { oldPassword: changer.password, newPassword: fresh };
    const ports: PasswordChangePorts = {
      withUser: (task, deadline) => to.directory.withUser((client) => task(client, false), deadline),
    };
    const attempt: unknown = await changePassword(
      ownerOf(to, changer),
      passwords,
      ports,
      Deadline.in(5000),
    ).catch((error: unknown) => error);
    expect(attempt).toBeInstanceOf(StrategyUnavailable);
    expect(String(attempt)).toContain('LDAP_START_TLS');
  });
});

it('leaves no password in any outcome or log', () => {
  const secrets = [wrong, fresh, ...Object.values(policyPeople).map(({ password }) => password)];
  const text = [...outcomes, slapd.log(), generous.log()].join('\n');
  for (const secret of [...secrets, domainUsers.changer.password]) expect(text).not.toContain(secret);
});
