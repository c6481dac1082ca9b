import { ldif, type LdifEntry } from './servers/ldif';
import { domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { type Slapd, startSlapd } from './servers/slapd';
import { ldapStrategy, login, refused } from './support/ldap-logins';
import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';

/** What trips up filters, DNs, shells, encodings and hashes. Each is a password's beginning and end. */
const odd = [
  ...[
    '*',
    '(',
    ')',
    '\\',
    '"',
    "'",
    ',',
    '+',
    '#',
    ';',
    '=',
    '<',
    '>',
    '/',
    '%00',
    '$&',
    // At the very beginning OpenLDAP would take it for a hash when the entry is made.
    'x{SSHA}',
    '(uid=*)',
    '\\2a',
  ],
  ...[' ', '  ', '\u00a0', 'ü', 'Å', 'ß', '漢', 'ａ', '😀', '\u202e', 'e\u0301'],
];
const passwordWith = (text: string): string => `${text}Passw0rd!${text}`;
const accountOf = (index: number): string => `odd-${index}`;

/** Names that both directories can hold, and names that stand for nobody anywhere. */
const holdable = [
  "o'neil",
  'a(b)c',
  '#hash',
  'ümlaut',
  '漢字',
  '😀mile',
  'a&b',
  'a%b',
  '{ssha}',
  'a b',
  '-dash',
  '$dollar',
  'a!b~c',
];
const nobodies = [
  '*',
  'odd-*',
  '*)(uid=*',
  '\\',
  'odd-0)(|(uid=*',
  'odd-0\0',
  '\0',
  'odd\u00ad-0',
  '(odd-0)',
  'odd-0,ou=people',
];

/** This is about what the directories answer, not how soon: 200 logins at once may wait long on a busy machine. */
const patient = {
  LDAP_CONNECT_TIMEOUT_MS: '60000',
  LDAP_TLS_TIMEOUT_MS: '60000',
  LDAP_OPERATION_TIMEOUT_MS: '60000',
  LDAP_GROUP_TIMEOUT_MS: '120000',
  LDAP_LOGIN_TIMEOUT_MS: '120000',
};

let slapd: Slapd;
let samba: SambaAd;
let directories: readonly (readonly [string, LdapStrategy])[];

beforeAll(async () => {
  [slapd, samba] = await Promise.all([startSlapd(), startSambaAd()]);
  const accounts = [...odd.map((text, index) => [accountOf(index), passwordWith(text)] as const)];
  const named = holdable.map((name) => [name, passwordWith('')] as const);
  await slapd.modify(
    ldif([...accounts, ...named].map(([name, password], index) => inOpenLdap(index, name, password))),
  );
  await samba.modify(
    ldif([...accounts, ...named].map(([name, password], index) => inDomain(index, name, password))),
  );
  const { ldapsUrl, caFile, baseDn, domain } = samba;
  const { account, password } = domainUsers.gateway;
  directories = [
    ['OpenLDAP', ldapStrategy({ ...patient, ...slapd.variables, LDAP_URL: slapd.ldapsUrl })],
    [
      'Active Directory',
      ldapStrategy({
        ...patient,
        LDAP_URL: ldapsUrl,
        LDAP_TLS_CA_FILE: caFile,
        LDAP_BASE_DN: baseDn,
        LDAP_BIND_DN: `${account}@${domain}`,
        LDAP_BIND_PASSWORD: password,
      }),
    ],
  ];
}, 600_000);
afterAll(() => Promise.all([slapd?.remove(), samba?.remove()]));

function inOpenLdap(index: number, uid: string, userPassword: string): LdifEntry {
  const dn = `cn=person-${index},ou=people,${slapd.baseDn}`;
  return { dn, objectClass: 'inetOrgPerson', cn: `person-${index}`, sn: 'Odd', uid, userPassword };
}

function inDomain(index: number, sAMAccountName: string, password: string): LdifEntry {
  return {
    dn: `CN=person-${index},OU=Staff,${samba.baseDn}`,
    objectClass: 'user',
    sAMAccountName,
    userAccountControl: '512',
    unicodePwd: Buffer.from(`"${password}"`, 'utf16le'),
  };
}

/** What both directories make of a login, which must be the same. */
async function both(name: string, password: string): Promise<string> {
  const verdicts = await Promise.all(directories.map(([, ldap]) => login(ldap, name, password)));
  const words = verdicts.map((verdict) => (verdict.accepted ? 'accepted' : verdict.reason));
  return [...new Set(words)].join(' and ');
}

describe('odd passwords, alike in OpenLDAP and Active Directory', () => {
  it.each(odd.map((text, index) => [JSON.stringify(text), index] as const))('%s', async (_, index) => {
    const password = passwordWith(odd[index] ?? '');
    expect(await both(accountOf(index), password)).toBe('accepted');
  });

  it.each([
    ['with a NUL behind it', (password: string) => `${password}\0`],
    ['with a blank behind it', (password: string) => `${password} `],
    ['with a blank before it', (password: string) => ` ${password}`],
    ['in capitals', (password: string) => password.toUpperCase()],
    ['as a star', () => '*'],
  ])('are not the right password %s', async (_, change) => {
    expect(await both(accountOf(0), change(passwordWith('*')))).toBe('invalid_credentials');
  });
});

describe('odd names, alike in OpenLDAP and Active Directory', () => {
  it.each(holdable)('%j logs in', async (name) => {
    expect(await both(name, passwordWith(''))).toBe('accepted');
    expect(await both(name, 'wrong')).toBe('invalid_credentials');
  });

  it.each(nobodies)('%j is nobody', async (name) => {
    expect(await both(name, passwordWith('*'))).toBe('invalid_credentials');
  });

  it.each([' odd-0', 'odd-0 ', '\todd-0'.trim(), 'ODD-0'])('%j is odd-0', async (name) => {
    expect(await both(name, passwordWith('*'))).toBe('accepted');
  });

  it('crosses no answers when 200 right and wrong logins run at once', async () => {
    for (const [, ldap] of directories) {
      const logins = Array.from({ length: 200 }, (_, n) => {
        const index = n % odd.length;
        const isRight = n % 3 !== 0;
        const password = passwordWith(odd[isRight ? index : (index + 1) % odd.length] ?? '');
        return login(ldap, accountOf(index), password).then((verdict) => ({ verdict, isRight, index }));
      });
      for (const { verdict, isRight, index } of await Promise.all(logins)) {
        if (isRight)
          expect(verdict).toMatchObject({ accepted: true, identity: { username: accountOf(index) } });
        else expect(verdict).toEqual(refused);
      }
    }
  }, 300_000);
});
