import { rereadsIdentity } from '../src/strategies/credential-strategy';
import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';
import { ldif } from './servers/ldif';
import { domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { identityOf, ldapStrategy, login, refused, reread, unavailable } from './support/ldap-logins';

const { alice, juergen, disabled, leaver, gateway } = domainUsers;
let samba: SambaAd;

beforeAll(async () => {
  samba = await startSambaAd();
}, 180_000);
afterAll(() => samba?.remove());

function byPrincipalName(
  env: Record<string, string | undefined> = {},
  logLines: string[] = [],
): LdapStrategy {
  const { ldapsUrl, caFile, domain } = samba;
  return ldapStrategy(
    { LDAP_URL: ldapsUrl, LDAP_TLS_CA_FILE: caFile, LDAP_DOMAIN: domain, ...env },
    logLines,
  );
}

function bySearch(env: Record<string, string> = {}, logLines: string[] = []): LdapStrategy {
  const service = {
    LDAP_BIND_DN: `${gateway.account}@${samba.domain}`,
    LDAP_BIND_PASSWORD: gateway.password,
  };
  return byPrincipalName({ ...service, ...env }, logLines);
}

const aliceIdentity = {
  username: 'alice',
  displayName: 'Alice Ångström',
  givenName: 'Alice',
  familyName: 'Ångström',
  email: 'alice@example.org',
  roles: [],
  strategy: 'ldap',
};

describe('people whose principal name begins otherwise than their account', () => {
  const password = 'User-Pass1!';
  const unicodePwd = Buffer.from(`"${password}"`, 'utf16le');
  const person = (account: string, principal: string) => ({
    dn: `CN=${account},OU=Staff,${samba.baseDn}`,
    objectClass: 'user',
    sAMAccountName: account,
    userPrincipalName: `${principal}@${samba.domain}`,
    userAccountControl: '512',
    unicodePwd,
  });

  beforeAll(() => samba.modify(ldif([person('cger', 'chan.ger')])));

  it.each([
    ['chan.ger@ad.example.org', 'cger'],
    [' Chan.Ger@AD.example.org', 'cger'],
    ['cger@ad.example.org', 'cger'],
    ['cger', 'cger'],
    ['EXAMPLE\\cger', 'cger'],
    ['alice@ad.example.org', 'alice'],
  ])('%s is the account %s', async (typed, account) => {
    const ldap = bySearch({ LDAP_NETBIOS_DOMAIN: 'EXAMPLE' });
    expect((await identityOf(ldap, typed, password)).username).toBe(account);
  });

  it('lets in by no name whom LDAP_USER_FILTER does not', async () => {
    const ldap = bySearch({ LDAP_USER_FILTER: '(&(sAMAccountName={username})(mail=*))' });
    expect(await login(ldap, 'chan.ger@ad.example.org', password)).toEqual(refused);
    expect(await login(ldap, 'alice@ad.example.org', alice.password)).toMatchObject({ accepted: true });
  });

  it('says in the log that a name is one of another domain, without the name', async () => {
    const logLines: string[] = [];
    expect(await login(bySearch({}, logLines), 'alice@canary.org', password)).toEqual(refused);
    expect(logLines.join()).toContain('name of another domain');
    expect(logLines.join()).not.toContain('canary');
  });
});

describe.each([
  ['a bind as user@domain', () => byPrincipalName()],
  ['a search', () => bySearch()],
])('Active Directory by %s', (_, strategy) => {
  it('accepts the right password and gives the identity', async () => {
    const { subject, groups, attributes, ...rest } = await identityOf(strategy(), 'alice', alice.password);
    expect(rest).toEqual(aliceIdentity);
    expect(subject).toMatch(/^ldap:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([...groups].sort()).toEqual(['engineers', 'staff']);
    expect(attributes).toMatchObject({
      userPrincipalName: ['alice@ad.example.org'],
      title: ['Chief Engineer'],
      manager: [gateway.dn],
    });
  });

  it('refuses a wrong password, an unknown name, a disabled account and an empty password', async () => {
    const accountDisabled = { accepted: false, reason: 'account_disabled' };
    const ldap = strategy();
    expect(await login(ldap, 'alice', 'wrong')).toEqual(refused);
    expect(await login(ldap, 'nobody-here', alice.password)).toEqual(refused);
    expect(await login(ldap, 'disabled', disabled.password)).toEqual(accountDisabled);
    expect(await login(ldap, 'disabled', 'wrong')).toEqual(refused);
    expect(await login(ldap, 'alice', '')).toEqual(refused);
  });

  it('accepts umlauts and other scripts', async () => {
    const { username } = await identityOf(strategy(), 'JÜRGEN', juergen.password);
    expect(username).toBe('jürgen');
  });

  it.each([
    '*',
    'ali*',
    'alice)(cn=*',
    'alice\0',
    'EXTERNAL',
    '\\',
    'OTHER\\alice',
    'alice@other.org',
    '@ad.example.org',
  ])('refuses the name %j', async (username) => {
    expect(await login(strategy(), username, alice.password)).toEqual(refused);
  });
});

it('gives one subject for both ways, which is the objectGUID as Active Directory writes it', async () => {
  const found = await identityOf(bySearch(), 'alice', alice.password);
  expect((await identityOf(byPrincipalName(), 'alice', alice.password)).subject).toBe(found.subject);
  // Active Directory takes this text form as a base DN (MS-ADTS 3.1.1.3.1.2.4).
  const byGuid = byPrincipalName({ LDAP_BASE_DN: `<GUID=${found.subject.replace('ldap:', '')}>` });
  expect((await identityOf(byGuid, 'alice', alice.password)).subject).toBe(found.subject);
});

describe('a bind as user@domain', () => {
  it.each(['alice@ad.example.org', 'Alice@AD.Example.ORG', 'ALICE'])(
    'takes %s for alice',
    async (username) => {
      expect((await identityOf(byPrincipalName(), username, alice.password)).username).toBe('alice');
    },
  );

  it('cannot reread, and does not pretend to', () => {
    expect(rereadsIdentity(byPrincipalName())).toBe(false);
    expect(rereadsIdentity(bySearch())).toBe(true);
  });

  it('lets in only whom LDAP_USER_FILTER allows', async () => {
    const onlyTitled = byPrincipalName({ LDAP_USER_FILTER: '(&(sAMAccountName={username})(title=Chief*))' });
    expect(await login(onlyTitled, 'alice', alice.password)).toMatchObject({ accepted: true });
    expect(await login(onlyTitled, 'leaver', leaver.password)).toEqual(refused);
  });

  it('is unavailable when the account cannot find its own entry', async () => {
    const elsewhere = byPrincipalName({ LDAP_BASE_DN: `OU=Groups,${samba.baseDn}` });
    const error = await unavailable(login(elsewhere, 'alice', alice.password));
    expect(error.message).toContain('finds no entry of its own below OU=Groups');
  });
});

describe('a search', () => {
  it('rereads somebody until they are disabled', async () => {
    const ldap = bySearch();
    const identity = await identityOf(ldap, 'leaver', leaver.password);
    expect(await reread(ldap, identity)).toEqual(identity);
    await samba.disable(leaver);
    expect(await reread(ldap, identity)).toBeUndefined();
    expect(await login(ldap, 'leaver', leaver.password)).toEqual({
      accepted: false,
      reason: 'account_disabled',
    });
  });

  it('is unavailable when the service account may not bind', async () => {
    const ldap = byPrincipalName({ LDAP_BIND_DN: disabled.dn, LDAP_BIND_PASSWORD: disabled.password });
    const error = await unavailable(login(ldap, 'alice', alice.password));
    expect(error.message).toContain('refuses the service account');
  });
});

describe('other ways to bind', () => {
  it('tries a password by a DN template', async () => {
    const ldap = byPrincipalName({ LDAP_USER_DN_TEMPLATE: `CN={username},OU=Staff,${samba.baseDn}` });
    expect(await identityOf(ldap, 'alice', alice.password)).toMatchObject({ username: 'alice' });
    expect(await login(ldap, 'alice', 'wrong')).toEqual(refused);
  });

  it('takes DOMAIN\\user for the service account and for people', async () => {
    const ldap = byPrincipalName({
      LDAP_BIND_DN: `EXAMPLE\\${gateway.account}`,
      LDAP_BIND_PASSWORD: gateway.password,
      LDAP_NETBIOS_DOMAIN: 'EXAMPLE',
    });
    const { subject } = await identityOf(ldap, 'example\\ALICE', alice.password);
    expect((await identityOf(ldap, 'alice@ad.example.org', alice.password)).subject).toBe(subject);
    expect(await login(ldap, 'OTHER\\alice', alice.password)).toEqual(refused);
  });
});
