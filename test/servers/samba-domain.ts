import type { LdifEntry } from './ldif';

/** The test domain and who is in it; `samba-ad.ts` runs it. */
export const realm = 'AD.EXAMPLE.ORG';
export const domain = realm.toLowerCase();
export const baseDn = 'DC=ad,DC=example,DC=org';
const staffDn = `OU=Staff,${baseDn}`;
const groupsDn = `OU=Groups,${baseDn}`;
const policiesDn = `CN=Password Settings Container,CN=System,${baseDn}`;
const normalAccount = 512;
export const disabledAccount = 514;

/** Somebody in the test domain. */
export interface DomainUser {
  readonly account: string;
  readonly password: string;
  readonly dn: string;
}

export const domainUsers = {
  alice: user('alice'),
  juergen: user('jürgen', 'Pässwörd€漢1'),
  disabled: user('disabled'),
  leaver: user('leaver'),
  gateway: user('svc-gateway'),
  /** One of the thousands in the group `crowd`. */
  crowded: user('crowded'),
  /** The account has expired in 2020. */
  accountExpired: user('acctexpired'),
  /** The password has to be changed at the next logon. */
  mustChange: user('mustchange'),
  /** The password is 100 days old where two are allowed. */
  passwordExpired: user('pwdexpired'),
  /** The password was set when the server started and is good for two days. */
  passwordSoon: user('pwdsoon'),
  /** May log on at no hour of the week. */
  hours: user('hours'),
  /** May log on at one workstation only. */
  workstation: user('workstation'),
  /** Three wrong passwords lock this one for a minute. */
  lockMe: user('lockme'),
  /** The password was set when the server started and may not be changed before tomorrow. */
  tooYoung: user('tooyoung'),
  /** For tests that change passwords. */
  changer: user('changer'),
  mustChanger: user('mustchanger'),
  expiredChanger: user('expiredchanger'),
};

/** Whose passwords were last set long ago. Samba lets nobody say so over LDAP. */
export const longUnchanged = [domainUsers.passwordExpired, domainUsers.expiredChanger];
/** Whose passwords count as set at the start of the server, however old the archive is. */
export const freshlyChanged = [domainUsers.passwordSoon, domainUsers.tooYoung];

function user(account: string, password = 'User-Pass1!'): DomainUser {
  return { account, password, dn: `CN=${account},${staffDn}` };
}

/** The whole content of the domain, in the order in which it can be added. */
export function domainEntries(): LdifEntry[] {
  const units = [staffDn, groupsDn].map((dn) => ({ dn, objectClass: 'organizationalUnit' }));
  const { alice, gateway } = domainUsers;
  return [
    ...units,
    // First, because alice's entry refers to it.
    userEntry(gateway),
    ...Object.values(domainUsers)
      .filter((person) => person !== gateway)
      .map((person) => ({ ...userEntry(person), ...peculiarities[person.account] })),
    groupEntry('staff', alice),
    groupEntry('engineers', alice),
    ...passwordPolicies(),
  ];
}

/**
 * The domain's own policy lets passwords grow old, be changed at once and be guessed for ever, so that neither the age of the
 * archive nor the tests of one file disturb another.
 */
export function domainPolicy(): string {
  return `dn: ${baseDn}
changetype: modify
replace: maxPwdAge
maxPwdAge: ${never}
-
replace: minPwdAge
minPwdAge: 0
`;
}

/** What has to be said at each start: -1 means now. */
export function startChanges(): string {
  return freshlyChanged
    .map(
      ({ dn }) =>
        `dn: ${dn}\nchangetype: modify\nreplace: pwdLastSet\npwdLastSet: 0\n\n` +
        `dn: ${dn}\nchangetype: modify\nreplace: pwdLastSet\npwdLastSet: -1\n\n`,
    )
    .join('');
}

const peculiarities: Readonly<Record<string, Readonly<Record<string, string | Buffer>>>> = {
  alice: {
    displayName: 'Alice Ångström',
    givenName: 'Alice',
    sn: 'Ångström',
    mail: 'alice@example.org',
    title: 'Chief Engineer',
    manager: domainUsers.gateway.dn,
  },
  disabled: { userAccountControl: String(disabledAccount) },
  // FILETIME: 100 ns since 1601 (MS-DTYP section 2.3.3).
  acctexpired: { accountExpires: '132223104000000000' },
  mustchange: { pwdLastSet: '0' },
  mustchanger: { pwdLastSet: '0' },
  hours: { logonHours: Buffer.alloc(21) },
  workstation: { userWorkstations: 'PC42' },
};

function userEntry({ account, password, dn }: DomainUser): LdifEntry {
  return {
    dn,
    objectClass: 'user',
    sAMAccountName: account,
    userPrincipalName: `${account}@${domain}`,
    userAccountControl: String(normalAccount),
    // MS-ADTS 3.1.1.3.1.5: the password in quotes, as UTF-16.
    unicodePwd: Buffer.from(`"${password}"`, 'utf16le'),
  };
}

function groupEntry(name: string, ...members: DomainUser[]): LdifEntry {
  const member = members.map(({ dn }) => dn);
  return { dn: `CN=${name},${groupsDn}`, objectClass: 'group', sAMAccountName: name, member };
}

const never = '-9223372036854775808';
/** Durations are negative, in units of 100 ns. */
const minutes = (count: number) => String(-count * 60 * 10_000_000);
const days = (count: number) => minutes(count * 24 * 60);

/** Fine-grained policies (MS-ADTS 3.1.1.3.1.5 and [MS-SAMR]): one for each state that the domain's own must not have. */
function passwordPolicies(): LdifEntry[] {
  const { passwordExpired, expiredChanger, passwordSoon, lockMe, tooYoung } = domainUsers;
  return [
    policyEntry(1, 'short-lived', [passwordExpired, expiredChanger, passwordSoon], {
      'msDS-MaximumPasswordAge': days(2),
    }),
    policyEntry(2, 'lock-soon', [lockMe], { 'msDS-LockoutThreshold': '3' }),
    policyEntry(3, 'keep-a-day', [tooYoung], { 'msDS-MinimumPasswordAge': days(1) }),
  ];
}

function policyEntry(
  precedence: number,
  name: string,
  people: readonly DomainUser[],
  difference: Readonly<Record<string, string>>,
): LdifEntry {
  return {
    dn: `CN=${name},${policiesDn}`,
    objectClass: 'msDS-PasswordSettings',
    'msDS-PasswordSettingsPrecedence': String(precedence),
    'msDS-PasswordReversibleEncryptionEnabled': 'FALSE',
    'msDS-PasswordHistoryLength': '24',
    'msDS-PasswordComplexityEnabled': 'TRUE',
    'msDS-MinimumPasswordLength': '7',
    'msDS-MinimumPasswordAge': '0',
    'msDS-MaximumPasswordAge': never,
    'msDS-LockoutThreshold': '0',
    'msDS-LockoutObservationWindow': minutes(1),
    'msDS-LockoutDuration': minutes(1),
    'msDS-PSOAppliesTo': people.map(({ dn }) => dn),
    ...difference,
  };
}
