import { ldif } from './servers/ldif';
import { domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { DoctorCli, failed, stepOf, type Variables } from './support/doctor-cli';

const cli = new DoctorCli();
let samba: SambaAd;

beforeAll(async () => {
  samba = await startSambaAd();
}, 180_000);
afterAll(async () => {
  await samba?.remove();
  cli.remove();
});

function settings(): Variables {
  return {
    STRATEGIES: 'ldap',
    LDAP_URL: samba.ldapsUrl,
    LDAP_TLS_CA_FILE: samba.caFile,
    LDAP_DOMAIN: samba.domain,
    LDAP_BIND_DN: `${domainUsers.gateway.account}@${samba.domain}`,
    LDAP_BIND_PASSWORD: domainUsers.gateway.password,
  };
}

describe('the doctor at an Active Directory', () => {
  it('knows it, and shows what the token of a person would hold', async () => {
    const found = await cli.report(settings(), '--user', `alice@${samba.domain}`);
    expect(failed(found)).toEqual([]);
    expect(found.status).toBe(0);
    expect(stepOf(found, 'root-dse')?.detail).toMatch(/^Samba Active Directory.*paged results yes/);
    expect(found.claims['ldap']).toMatchObject({ preferred_username: 'alice', name: 'Alice Ångström' });
    expect(stepOf(found, 'password-policy')?.detail).toMatch(
      /^the domain: locks after \d+ failures|never locks/,
    );
    expect(found.stdout).not.toContain(domainUsers.gateway.password);
  });

  it('finds somebody by the principal name that a login would take', async () => {
    const { dn, account } = domainUsers.juergen;
    const principalName = `george.w@${samba.domain}`;
    await samba.modify(
      ldif([{ dn, changetype: 'modify', replace: 'userPrincipalName', userPrincipalName: principalName }]),
    );
    const found = await cli.report(settings(), '--user', principalName);
    expect(failed(found)).toEqual([]);
    expect(found.claims['ldap']).toMatchObject({ preferred_username: account });
  });

  it('says that it wants TLS', async () => {
    const found = await cli.report({ ...settings(), LDAP_URL: samba.ldapsUrl.replace('ldaps:', 'ldap:') });
    expect(failed(found)).toMatchObject([{ step: 'service-bind', setting: 'LDAP_START_TLS' }]);
    expect(failed(found)[0]?.detail).toContain('result 8 (strongerAuthRequired: it wants TLS');
  });

  it('says that an account is disabled', async () => {
    const found = await cli.report(settings(), '--user', domainUsers.disabled.account);
    expect(stepOf(found, 'user-search')?.status).toBe('warn');
    expect(stepOf(found, 'user-search')?.detail).toContain('which is disabled: a login would be refused');
  });

  it('says that the service account may not read the policy of a person', async () => {
    const found = await cli.report(settings(), '--user', domainUsers.lockMe.account);
    expect(stepOf(found, 'password-policy')).toMatchObject({
      status: 'warn',
      setting: 'LDAP_LOCKOUT_THRESHOLD',
    });
    expect(stepOf(found, 'password-policy')?.detail).toContain('may not read');
  });

  it('has nobody to search as where logins bind as the person', async () => {
    const found = await cli.report({ ...settings(), LDAP_BIND_DN: undefined, LDAP_BIND_PASSWORD: undefined });
    expect(failed(found)).toEqual([]);
    expect(stepOf(found, 'user-search')).toMatchObject({
      status: 'skipped',
      detail: 'needs a service account',
    });
  });
});
