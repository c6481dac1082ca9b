import { readsEntries, type SourceEntry } from '../src/strategies/credential-strategy';
import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';
import { jimBob, jimBobTree, richSue } from './servers/jim-bob';
import { ldif } from './servers/ldif';
import { domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { type Slapd, startSlapd } from './servers/slapd';
import { identityOf, ldapStrategy } from './support/ldap-logins';

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let slapd: Slapd;
let logLines: string[];

beforeAll(async () => {
  slapd = await startSlapd({ furtherTree: jimBobTree });
});
afterAll(() => slapd?.remove());
beforeEach(() => {
  logLines = [];
});

function strategy(env: Record<string, string | undefined> = {}): LdapStrategy {
  return ldapStrategy({ ...slapd.variables, LDAP_BASE_DN: jimBobTree.baseDn, ...env }, logLines);
}

async function entryOf(
  ldap: LdapStrategy,
  { uid, password }: { readonly uid: string; readonly password: string },
  names: readonly string[],
): Promise<SourceEntry | undefined> {
  const identity = await identityOf(ldap, uid, password);
  if (!readsEntries(ldap)) throw new Error('This strategy cannot read entries');
  return ldap.readEntry(identity, names);
}

describe('an entry as slapd shows it', () => {
  it('is what the example of the API shows for *', async () => {
    expect(await entryOf(strategy(), jimBob, ['*'])).toEqual({
      dn: jimBob.dn,
      attributes: jimBob.attributes,
    });
  });

  it('has what was named and nothing else, in the spelling of the schema', async () => {
    const entry = await entryOf(strategy(), jimBob, ['GIVENNAME', 'uid', 'UID', 'nosuchattribute', 'mail']);
    expect(entry).toEqual({ dn: jimBob.dn, attributes: { givenName: ['Jim'], uid: ['jimbob'] } });
  });

  it.each([
    [[]],
    [['1.1']],
    [['2.5.4.35']],
    [['userPassword', 'userpassword;lang-de', 'nonsense name', '*)(']],
  ])('has nothing for %j', async (names) => {
    expect(await entryOf(strategy(), jimBob, names)).toEqual({ dn: jimBob.dn, attributes: {} });
  });

  it('has the operational attributes for +, with times as ISO 8601', async () => {
    const entry = await entryOf(strategy(), jimBob, ['+']);
    expect(entry?.attributes).toMatchObject({
      entryDN: [jimBob.dn],
      structuralObjectClass: ['inetOrgPerson'],
      createTimestamp: [expect.stringMatching(isoTime)],
      modifyTimestamp: [expect.stringMatching(isoTime)],
    });
    expect(entry?.attributes).not.toHaveProperty('uid');
  });

  it('has bytes as base64, every value, options, and no password under any name', async () => {
    const entry = await entryOf(strategy(), richSue, ['*', '+']);
    expect(entry?.attributes).toMatchObject({
      jpegPhoto: [richSue.photo.toString('base64')],
      mail: ['sue@example.com', 'rich@example.com'],
      'cn;lang-de': ['Reiche Sue'],
      description: ['Rich indeed'],
    });
    expect(JSON.stringify(entry)).not.toMatch(/canary|userPassword|SSHA/i);
    expect(logLines.join()).not.toContain('canary');
  });

  it('leaves out what is too large, whole, and says so in the log', async () => {
    const uid = 'large';
    const dn = `uid=${uid},ou=People,${jimBobTree.baseDn}`;
    const many = Array.from({ length: 2001 }, (_, index) => `value ${index}`);
    const entry = { dn, objectClass: 'inetOrgPerson', uid, cn: 'Large', sn: 'Large', userPassword: 'canary' };
    await slapd.modify(ldif([{ ...entry, description: many }]), jimBobTree.baseDn);
    const shown = await entryOf(strategy(), { uid, password: 'canary' }, ['*']);
    expect(shown?.attributes).toMatchObject({ uid: ['large'], cn: ['Large'] });
    expect(shown?.attributes).not.toHaveProperty('description');
    expect(logLines.join()).toContain('description');
  });

  it('is nobody’s once the person is gone, barred or not let in', async () => {
    const uid = 'leaver';
    const dn = `uid=${uid},ou=People,${jimBobTree.baseDn}`;
    const entry = { dn, objectClass: 'inetOrgPerson', uid, cn: 'Lea Ver', sn: 'Ver', userPassword: 'canary' };
    await slapd.modify(ldif([entry]), jimBobTree.baseDn);
    const ldap = strategy();
    const identity = await identityOf(ldap, uid, 'canary');
    const strict = strategy({ LDAP_USER_FILTER: '(&(uid={username})(mail=*))' });
    if (!readsEntries(ldap) || !readsEntries(strict)) throw new Error('These strategies cannot read entries');
    expect(await ldap.readEntry(identity, ['uid'])).toEqual({ dn, attributes: { uid: [uid] } });
    expect(await strict.readEntry(identity, ['uid'])).toBeUndefined();
    await slapd.modify(`dn: ${dn}\nchangetype: delete\n`, jimBobTree.baseDn);
    expect(await ldap.readEntry(identity, ['uid'])).toBeUndefined();
  });

  it('cannot be read without an account of our own', () => {
    const direct = {
      LDAP_BIND_DN: undefined,
      LDAP_BIND_PASSWORD: undefined,
      LDAP_USER_DN_TEMPLATE: `uid={username},ou=People,${jimBobTree.baseDn}`,
    };
    expect(readsEntries(strategy(direct))).toBe(false);
  });
});

describe('an entry as Active Directory shows it', () => {
  const { alice, gateway } = domainUsers;
  let samba: SambaAd;
  let ldap: LdapStrategy;

  beforeAll(async () => {
    samba = await startSambaAd();
    ldap = ldapStrategy({
      LDAP_URL: samba.ldapsUrl,
      LDAP_TLS_CA_FILE: samba.caFile,
      LDAP_DOMAIN: samba.domain,
      LDAP_BIND_DN: `${gateway.account}@${samba.domain}`,
      LDAP_BIND_PASSWORD: gateway.password,
    });
  }, 180_000);
  afterAll(() => samba?.remove());

  const person = { uid: alice.account, password: alice.password };

  it('has identifiers as base64, times as ISO 8601 and every value', async () => {
    const entry = await entryOf(ldap, person, ['*']);
    expect(entry?.dn).toBe(alice.dn);
    expect(entry?.attributes).toMatchObject({
      sAMAccountName: ['alice'],
      objectClass: ['top', 'person', 'organizationalPerson', 'user'],
      whenCreated: [expect.stringMatching(isoTime)],
    });
    expect(entry?.attributes['memberOf']?.join(';')).toContain('CN=engineers');
    const [guid = ''] = entry?.attributes['objectGUID'] ?? [];
    expect(Buffer.from(guid, 'base64')).toHaveLength(16);
    expect(JSON.stringify(entry)).not.toMatch(/unicodePwd|supplementalCredentials|PwdHistory/i);
  });

  it('has what was named, in the spelling of the schema', async () => {
    const entry = await entryOf(ldap, person, ['SAMACCOUNTNAME', 'displayname', 'unicodePwd']);
    expect(entry).toEqual({
      dn: alice.dn,
      attributes: { sAMAccountName: ['alice'], displayName: ['Alice Ångström'] },
    });
  });
});
