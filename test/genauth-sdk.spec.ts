import { AuthenticationClient } from 'authing-node-sdk';
import { SignInOptionsDto, UpdatePasswordDto } from 'authing-node-sdk/dist/models';
import { people, policyPeople, type Slapd, startSlapd } from './servers/slapd';
import { Client, objectOf, textOf } from './support/client';
import type { RunningGateway } from './support/gateway';
import { appSecret, authMethods, encrypted, logoutUri, sdkOf, startGenAuth } from './support/genauth-bench';

const { alice } = people;
const lasting = { scope: 'openid profile email offline_access' };
const anyJwt: unknown = expect.stringMatching(/^eyJ/);
let slapd: Slapd;
let gateway: RunningGateway;

beforeAll(async () => {
  slapd = await startSlapd();
  gateway = await startGenAuth({
    ...slapd.variables,
    STRATEGIES: 'ldap',
    LDAP_URL: slapd.ldapsUrl,
    LDAP_USER_FILTER: '(|(uid={username})(mail={username})(employeeNumber={username}))',
  });
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  await slapd?.remove();
});

describe.each(authMethods)('the SDK of an application with %s', (method) => {
  const password = alice.password;

  it('signs in by each of its methods', async () => {
    const sdk = sdkOf(gateway, method);
    const answers = [
      await sdk.signInByLDAP({ sAMAccountName: 'alice', password }),
      await sdk.signInByAD({ sAMAccountName: 'alice', password }),
      await sdk.signInByAccountPassword({ account: 'alice', password }),
      await sdk.signInByUsernamePassword({ username: 'alice', password }),
      await sdk.signInByEmailPassword({ email: 'alice@example.org', password }),
      await sdk.signInByPhonePassword({ phone: '1001', password }),
    ];
    for (const { statusCode, data } of answers) {
      expect({ statusCode, ...data }).toEqual({
        statusCode: 200,
        scope: 'openid profile',
        access_token: anyJwt,
        id_token: anyJwt,
        token_type: 'Bearer',
        expire_in: 900,
      });
    }
  });

  it('reads its tokens, whose signatures it checks by itself', async () => {
    const sdk = sdkOf(gateway, method);
    const { data } = await sdk.signInByLDAP({ sAMAccountName: 'alice', password, options: lasting });
    const access = await sdk.parseAccessToken(data.access_token ?? '');
    const id = await sdk.parseIDToken(data.id_token ?? '');
    expect(access).toMatchObject({ client_id: method, scope: lasting.scope, sub: id.sub });
    expect(id).toMatchObject({ aud: method, name: alice.cn, email: 'alice@example.org' });
  });

  it('goes through the life of a session', async () => {
    const sdk = sdkOf(gateway, method);
    const { data } = await sdk.signInByAccountPassword({ account: 'alice', password, options: lasting });
    const renewed: unknown = await sdk.getNewAccessTokenByRefreshToken(data.refresh_token ?? '');
    expect(renewed).toMatchObject({ token_type: 'Bearer', expires_in: 900, scope: lasting.scope });
    const token = textOf(objectOf(renewed), 'access_token');
    expect(await sdk.introspectToken(token)).toMatchObject({ active: true, client_id: method });
    sdk.setAccessToken(token);
    expect(await sdk.introspectToken(token)).toMatchObject({ active: true, client_id: method });
    expect(await sdk.revokeToken(textOf(objectOf(renewed), 'refresh_token'))).toBe(true);
    expect(await sdk.introspectToken(token)).toEqual({ active: false });
    expect(await sdk.getProfile({})).toMatchObject({ statusCode: 401, apiCode: 2020 });
  });

  it('asks who the person is in every way that it has', async () => {
    const sdk = sdkOf(gateway, method);
    const { data } = await sdk.signInByLDAP({ sAMAccountName: 'alice', password });
    const token = data.access_token ?? '';
    const ways = [
      undefined,
      { method: 'GET', tokenPlace: 'query' },
      { method: 'GET', tokenPlace: 'header' },
      { method: 'POST', tokenPlace: 'query' },
      { method: 'POST', tokenPlace: 'header' },
      { method: 'POST', tokenPlace: 'body' },
    ] as const;
    for (const setsToken of [false, true]) {
      if (setsToken) sdk.setAccessToken(token);
      for (const way of ways) {
        const me: unknown = await sdk.getUserInfoByAccessToken(token, way && { ...way });
        expect(me).toMatchObject({ name: alice.cn, preferred_username: 'alice' });
      }
    }
  });

  it('asks for the profile, roles and groups with the bare token', async () => {
    const sdk = sdkOf(gateway, method);
    const { data } = await sdk.signInByLDAP({ sAMAccountName: 'alice', password, options: lasting });
    sdk.setAccessToken(data.access_token ?? '');
    const { sub } = await sdk.parseIDToken(data.id_token ?? '');
    const wishes = { withCustomData: true, withIdentities: true, withDepartmentIds: true };
    const profile = await sdk.getProfile(wishes);
    expect(profile).toMatchObject({ statusCode: 200, data: { userId: sub, email: 'alice@example.org' } });
    const mandatory = ['userId', 'createdAt', 'updatedAt', 'status', 'workStatus', 'gender'];
    mandatory.push('emailVerified', 'phoneVerified', 'userSourceType');
    expect(Object.keys(profile.data)).toEqual(expect.arrayContaining(mandatory));
    expect(profile.data).toMatchObject({ customData: {}, departmentIds: [], lastLoginApp: method });
    expect(profile.data.identities).toMatchObject([{ provider: 'ldap', extIdpId: 'ldap' }]);
    expect(Object.keys((await sdk.getProfile({})).data)).not.toContain('identities');
    expect(await sdk.getRoleList({})).toMatchObject({ statusCode: 200, data: [] });
    const groups = await sdk.getGroupList();
    expect(groups.data.map(({ code }) => code)).toContain('engineers');
    expect(groups.data[0]).toMatchObject({ metadataSource: [], members: [] });
  });

  it('is led back to the application after a logout', async () => {
    const sdk = sdkOf(gateway, method);
    const { data } = await sdk.signInByLDAP({ sAMAccountName: 'alice', password });
    const idToken = data.id_token ?? '';
    const url = sdk.buildLogoutUrl({ redirectUri: logoutUri, idToken, state: 'a b' });
    const answer = await fetch(String(url), { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, `${logoutUri}&state=a%20b`]);
    sdk.setAccessToken(data.access_token ?? '');
    expect(await sdk.getProfile({})).toMatchObject({ statusCode: 401, apiCode: 2020 });
  });

  it.each(['rsa', 'sm2'] as const)('sends a password that is encrypted by %s', async (type) => {
    const sdk = sdkOf(gateway, method);
    const secret = await encrypted(type, people.juergen.password, sdk);
    const passwordEncryptType = SignInOptionsDto.passwordEncryptType[type === 'rsa' ? 'RSA' : 'SM2'];
    const options = { passwordEncryptType };
    const right = await sdk.signInByLDAP({ sAMAccountName: 'jürgen', password: secret, options });
    expect(right).toMatchObject({ statusCode: 200 });
    const wrong = await sdk.signInByLDAP({ sAMAccountName: 'alice', password: secret, options });
    expect(wrong).toMatchObject({ statusCode: 403, apiCode: 2333 });
  });
});

it.each([
  ['whose password has expired', policyPeople.expired, 2058],
  ['who must change the password', policyPeople.mustChange, 2058],
])('refuses somebody %s after the right password alone', async (_who, { uid, password }, apiCode) => {
  const sdk = sdkOf(gateway, 'none');
  const refused = await sdk.signInByLDAP({ sAMAccountName: uid, password });
  expect(refused).toMatchObject({ statusCode: 403, apiCode });
  const wrong = await sdk.signInByLDAP({ sAMAccountName: uid, password: 'wrong' });
  expect(wrong).toMatchObject({ statusCode: 403, apiCode: 2333 });
});

it('changes a password, encrypted or not, and ends the other sessions', async () => {
  const sdk = sdkOf(gateway, 'none');
  const { uid, password } = policyPeople.changer;
  const other = await sdk.signInByLDAP({ sAMAccountName: uid, password });
  const here = await sdk.signInByLDAP({ sAMAccountName: uid, password });
  gateway.clock.advance(1);
  sdk.setAccessToken(here.data.access_token ?? '');
  // The directory locks after three; a stranger would have no try after this one.
  const wrong = await sdk.updatePassword({ oldPassword: 'wrong', newPassword: 'brand-new-Secret-1' });
  expect(wrong).toMatchObject({ statusCode: 403, apiCode: 2006 });
  const short = await sdk.updatePassword({ oldPassword: password, newPassword: 'short' });
  expect(short).toMatchObject({ statusCode: 422 });
  const changed = await sdk.updatePassword({
    oldPassword: await encrypted('sm2', password, sdk),
    newPassword: await encrypted('sm2', 'brand-new-Secret-2', sdk),
    passwordEncryptType: UpdatePasswordDto.passwordEncryptType.SM2,
  });
  expect(changed).toMatchObject({ statusCode: 200 });
  expect(await sdk.getProfile({})).toMatchObject({ statusCode: 200 });
  sdk.setAccessToken(other.data.access_token ?? '');
  expect(await sdk.getProfile({})).toMatchObject({ statusCode: 401 });
  const again = await sdk.signInByLDAP({ sAMAccountName: uid, password: 'brand-new-Secret-2' });
  expect(again).toMatchObject({ statusCode: 200 });
});

it('changes nothing where one of the two passwords cannot be decrypted', async () => {
  const sdk = sdkOf(gateway, 'none');
  const { uid, password } = alice;
  const { data } = await sdk.signInByLDAP({ sAMAccountName: uid, password });
  sdk.setAccessToken(data.access_token ?? '');
  const undecipherable = await sdk.updatePassword({
    oldPassword: await encrypted('rsa', password, sdk),
    newPassword: 'not encrypted',
    passwordEncryptType: UpdatePasswordDto.passwordEncryptType.RSA,
  });
  expect(undecipherable).toMatchObject({ statusCode: 403, apiCode: 2006 });
  expect(await sdk.signInByLDAP({ sAMAccountName: uid, password })).toMatchObject({ statusCode: 200 });
});

it('opens sessions that the native API sees and ends', async () => {
  const sdk = sdkOf(gateway, 'client_secret_basic');
  const { data } = await sdk.signInByLDAP({
    sAMAccountName: 'bob',
    password: people.bob.password,
    options: lasting,
  });
  const client = new Client(gateway.url);
  const login = await client.login('bob', people.bob.password);
  const headers = { authorization: `Bearer ${String(login.data['access_token'])}` };
  const listed = (await client.request('/api/auth/sessions', { headers })).body['data'];
  const sessions = Array.isArray(listed) ? listed.map(objectOf) : [];
  const theirs = sessions.find((session) => session['current'] === false);
  expect(sessions).toHaveLength(2);
  const path = `/api/auth/sessions/${String(theirs?.['id'])}`;
  expect((await client.request(path, { method: 'DELETE', headers })).status).toBe(200);
  sdk.setAccessToken(data.access_token ?? '');
  expect(await sdk.getProfile({})).toMatchObject({ statusCode: 401, apiCode: 2020 });
  const refresh = sdk.getNewAccessTokenByRefreshToken(data.refresh_token ?? '');
  await expect(refresh).rejects.toMatchObject({
    response: { status: 400, data: { error: 'invalid_grant' } },
  });
});

it('lets an SDK in whose settings for the methods differ, so that it says its secret twice', async () => {
  const sdk = new AuthenticationClient({
    ...{ appId: 'client_secret_basic', appSecret, appHost: gateway.url },
    tokenEndPointAuthMethod: 'client_secret_basic',
  });
  const { data } = await sdk.signInByLDAP({ sAMAccountName: 'alice', password: alice.password });
  expect(await sdk.introspectToken(data.access_token ?? '')).toMatchObject({ active: true });
});
