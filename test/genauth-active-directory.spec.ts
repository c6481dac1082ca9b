import { SignInOptionsDto } from 'authing-node-sdk/dist/models';
import { domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { objectOf, textOf } from './support/client';
import { type RunningGateway } from './support/gateway';
import { authMethods, encrypted, sdkOf, startGenAuth } from './support/genauth-bench';

const anyText: unknown = expect.any(String);
let samba: SambaAd;
let gateway: RunningGateway;

beforeAll(async () => {
  samba = await startSambaAd();
  gateway = await startGenAuth({
    STRATEGIES: 'ldap',
    GENAUTH_CONNECTIONS: 'AD=ldap, PASSWORD=ldap',
    JWT_ALGORITHM: 'RS256',
    LDAP_URL: samba.ldapsUrl,
    LDAP_TLS_CA_FILE: samba.caFile,
    LDAP_BASE_DN: samba.baseDn,
    LDAP_DOMAIN: samba.domain,
    LDAP_BIND_DN: `${domainUsers.gateway.account}@${samba.domain}`,
    LDAP_BIND_PASSWORD: domainUsers.gateway.password,
  });
}, 180_000);
afterAll(async () => {
  await gateway?.stop();
  await samba?.remove();
});

describe.each(authMethods)('people of Active Directory in an application with %s', (method) => {
  it('sign in, and their tokens are read by the SDK (RS256)', async () => {
    const sdk = sdkOf(gateway, method);
    const { account, password } = domainUsers.alice;
    const answer = await sdk.signInByAD({ sAMAccountName: account, password });
    expect(answer).toMatchObject({ statusCode: 200, data: { token_type: 'Bearer', expire_in: 900 } });
    const claims = await sdk.parseAccessToken(answer.data.access_token ?? '');
    expect(claims).toMatchObject({ preferred_username: 'alice', client_id: method });
    expect(await sdk.parseIDToken(answer.data.id_token ?? '')).toMatchObject({ aud: method });
  });

  it('are signed in by each method of the SDK', async () => {
    const sdk = sdkOf(gateway, method);
    const { account, password } = domainUsers.alice;
    const principal = `${account}@${samba.domain}`;
    const answers = [
      await sdk.signInByAD({ sAMAccountName: account, password }),
      await sdk.signInByLDAP({ sAMAccountName: account, password }),
      await sdk.signInByAccountPassword({ account, password }),
      await sdk.signInByUsernamePassword({ username: account, password }),
      await sdk.signInByEmailPassword({ email: principal, password }),
      await sdk.signInByPhonePassword({ phone: account, password }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 200));
  });

  it('have a session that the SDK leads on, asks about and ends', async () => {
    const sdk = sdkOf(gateway, method);
    const { account, password } = domainUsers.alice;
    const options = { scope: 'openid profile groups roles offline_access' };
    const { data } = await sdk.signInByAD({ sAMAccountName: account, password, options });
    const renewed = objectOf(await sdk.getNewAccessTokenByRefreshToken(data.refresh_token ?? ''));
    const token = textOf(renewed, 'access_token');
    expect(await sdk.introspectToken(token)).toMatchObject({ active: true, username: 'alice' });
    const { sub } = await sdk.parseAccessToken(token);
    expect(await sdk.getUserInfoByAccessToken(token)).toMatchObject({ sub, preferred_username: 'alice' });
    sdk.setAccessToken(token);
    expect(await sdk.getProfile({})).toMatchObject({ statusCode: 200, data: { userId: sub } });
    expect((await sdk.getGroupList()).data.map(({ code }) => code)).toContain('staff');
    expect(await sdk.getRoleList({})).toMatchObject({ statusCode: 200 });
    expect(await sdk.revokeToken(textOf(renewed, 'refresh_token'))).toBe(true);
    expect(await sdk.introspectToken(token)).toEqual({ active: false });
    expect(await sdk.getProfile({})).toMatchObject({ statusCode: 401, apiCode: 2020 });
  });

  it.each(['rsa', 'sm2'] as const)('send a password that is encrypted by %s', async (type) => {
    const sdk = sdkOf(gateway, method);
    const { account, password } = domainUsers.juergen;
    const options = {
      passwordEncryptType: SignInOptionsDto.passwordEncryptType[type === 'rsa' ? 'RSA' : 'SM2'],
    };
    const secret = await encrypted(type, password, sdk);
    const answer = await sdk.signInByAD({ sAMAccountName: account, password: secret, options });
    expect(answer).toMatchObject({ statusCode: 200 });
  });
});

it.each([
  ['who is disabled', domainUsers.disabled, 2120008],
  ['whose account has expired', domainUsers.accountExpired, 2120008],
  ['who must change the password', domainUsers.mustChange, 2058],
  ['whose password has expired', domainUsers.passwordExpired, 2058],
  ['who may log on at no hour', domainUsers.hours, undefined],
])('refuses somebody %s after the right password alone', async (_who, { account, password }, apiCode) => {
  const sdk = sdkOf(gateway, 'client_secret_post');
  const refused = await sdk.signInByAD({ sAMAccountName: account, password });
  expect(refused).toMatchObject({
    statusCode: 403,
    message: anyText,
    requestId: anyText,
  });
  expect(refused.apiCode).toBe(apiCode);
  const wrong = await sdk.signInByAD({ sAMAccountName: account, password: 'Wrong-Pass1!' });
  expect(wrong).toMatchObject({ statusCode: 403, apiCode: 2333 });
});

it('tells nobody that an account is locked by wrong passwords', async () => {
  const sdk = sdkOf(gateway, 'client_secret_post');
  const { account, password } = domainUsers.lockMe;
  for (let n = 0; n < 4; n++) await sdk.signInByAD({ sAMAccountName: account, password: 'Wrong-Pass1!' });
  const answer = await sdk.signInByAD({ sAMAccountName: account, password });
  expect(answer).toMatchObject({ statusCode: 403, apiCode: 2333 });
});

it('changes a password', async () => {
  const sdk = sdkOf(gateway, 'none');
  const { account, password } = domainUsers.changer;
  const { data } = await sdk.signInByAD({ sAMAccountName: account, password });
  sdk.setAccessToken(data.access_token ?? '');
  expect(await sdk.updatePassword({ oldPassword: password, newPassword: 'Brand-New1!' })).toMatchObject({
    statusCode: 200,
  });
  const again = await sdk.signInByAD({ sAMAccountName: account, password: 'Brand-New1!' });
  expect(again).toMatchObject({ statusCode: 200 });
});
