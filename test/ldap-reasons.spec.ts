import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';
import { domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { people, policyPeople, type Slapd, startSlapd } from './servers/slapd';
import { eventually, ldapStrategy, login, refused } from './support/ldap-logins';

let slapd: Slapd;
let samba: SambaAd;
const logLines: string[] = [];

beforeAll(async () => {
  [slapd, samba] = await Promise.all([startSlapd(), startSambaAd()]);
}, 180_000);
afterAll(() => Promise.all([slapd?.remove(), samba?.remove()]));

const daySeconds = 24 * 60 * 60;
const wrong = 'canary-wrong-password';

function openLdap(): LdapStrategy {
  return ldapStrategy(slapd.variables, logLines);
}

function byPrincipalName(env: Record<string, string> = {}): LdapStrategy {
  const { ldapsUrl, caFile, domain } = samba;
  const variables = { LDAP_URL: ldapsUrl, LDAP_TLS_CA_FILE: caFile, LDAP_DOMAIN: domain, ...env };
  return ldapStrategy(variables, logLines);
}

function bySearch(): LdapStrategy {
  const { account, password } = domainUsers.gateway;
  return byPrincipalName({ LDAP_BIND_DN: `${account}@${samba.domain}`, LDAP_BIND_PASSWORD: password });
}

/** The password state of an accepted login. @throws Error when it was refused. */
async function passwordState(ldap: LdapStrategy, username: string, password: string) {
  const verdict = await login(ldap, username, password);
  if (!verdict.accepted) throw new Error(`${username} was refused: ${verdict.reason}`);
  return verdict.password;
}

describe('OpenLDAP with the password policy overlay', () => {
  it.each([
    ['an expired password', policyPeople.expired, 'password_expired'],
    ['a password that an administrator has reset', policyPeople.mustChange, 'password_must_change'],
    // It comes for every password, so that it would tell strangers that the account exists.
    ['a lock for ever', people.locked, 'invalid_credentials'],
  ] as const)('gives the reason of %s with the right password only', async (_, person, reason) => {
    const ldap = openLdap();
    expect(await login(ldap, person.uid, person.password)).toEqual({ accepted: false, reason });
    expect(await login(ldap, person.uid, wrong)).toEqual(refused);
  });

  it('tells when the password will expire, but only in the time of warning', async () => {
    const { warn } = policyPeople;
    const state = await passwordState(openLdap(), warn.uid, warn.password);
    expect(state?.mustChange).toBe(false);
    expect(state?.secondsUntilExpiration).toBeGreaterThan(2 * daySeconds - 300);
    expect(state?.secondsUntilExpiration).toBeLessThanOrEqual(2 * daySeconds);
    expect(await passwordState(openLdap(), people.alice.uid, people.alice.password)).toBeUndefined();
  });

  it('lets in who has grace logins left, until there are none', async () => {
    const { uid, password } = policyPeople.grace;
    const ldap = openLdap();
    for (let left = 3; left > 0; left -= 1) {
      expect(await passwordState(ldap, uid, password)).toEqual({
        mustChange: false,
        secondsUntilExpiration: 0,
      });
    }
    expect(await login(ldap, uid, password)).toEqual({ accepted: false, reason: 'password_expired' });
    expect(await login(ldap, uid, wrong)).toEqual(refused);
  });

  it('does not tell a lock by wrong passwords from a wrong password, except in the log', async () => {
    const { uid, password } = policyPeople.lockMe;
    const ldap = openLdap();
    for (let attempt = 1; attempt <= 3; attempt += 1) expect(await login(ldap, uid, wrong)).toEqual(refused);
    logLines.length = 0;
    expect(await login(ldap, uid, password)).toEqual(refused);
    expect(await login(ldap, uid, wrong)).toEqual(refused);
    expect(logLines.filter((line) => line.includes('account_locked'))).toHaveLength(2);
    await eventually(async () => (await login(ldap, uid, password)).accepted);
  });

  it('asks for exactly one bind, whatever the reason', async () => {
    const ldap = openLdap();
    for (const person of [policyPeople.expired, policyPeople.mustChange, people.locked]) {
      const before = slapd.countBinds(person.dn);
      await login(ldap, person.uid, person.password);
      expect(slapd.countBinds(person.dn)).toBe(before + 1);
    }
  });
});

describe.each([
  ['a bind as user@domain', byPrincipalName],
  ['a search', bySearch],
])('Active Directory by %s', (_, strategy) => {
  it.each([
    [domainUsers.disabled, 'account_disabled'],
    [domainUsers.accountExpired, 'account_expired'],
    [domainUsers.passwordExpired, 'password_expired'],
    [domainUsers.mustChange, 'password_must_change'],
    [domainUsers.hours, 'logon_not_allowed'],
    [domainUsers.workstation, 'logon_not_allowed'],
  ] as const)('gives the reason of $account with the right password only', async (person, reason) => {
    const ldap = strategy();
    expect(await login(ldap, person.account, person.password)).toEqual({ accepted: false, reason });
    expect(await login(ldap, person.account, wrong)).toEqual(refused);
    expect(await login(ldap, 'nobody-here', wrong)).toEqual(refused);
  });

  it('tells when the password will expire', async () => {
    const { account, password } = domainUsers.passwordSoon;
    const state = await passwordState(strategy(), account, password);
    expect(state?.mustChange).toBe(false);
    expect(state?.secondsUntilExpiration).toBeGreaterThan(2 * daySeconds - 600);
    expect(state?.secondsUntilExpiration).toBeLessThanOrEqual(2 * daySeconds);
  });

  it('tells nothing of a password that never expires', async () => {
    const { account, password } = domainUsers.alice;
    expect(await passwordState(strategy(), account, password)).toBeUndefined();
  });

  it('does not tell a lock by wrong passwords from a wrong password, except in the log', async () => {
    const { account, password } = domainUsers.lockMe;
    const ldap = strategy();
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(await login(ldap, account, wrong)).toEqual(refused);
    }
    logLines.length = 0;
    expect(await login(ldap, account, password)).toEqual(refused);
    expect(await login(ldap, account, wrong)).toEqual(refused);
    expect(logLines.filter((line) => line.includes('account_locked'))).toHaveLength(2);
  });
});

it('writes no password to any log', () => {
  const everybody = [...Object.values(people), ...Object.values(policyPeople), ...Object.values(domainUsers)];
  const text = [...logLines, slapd.log()].join('');
  for (const password of [wrong, ...everybody.map((person) => person.password)]) {
    expect(text).not.toContain(password);
  }
});
