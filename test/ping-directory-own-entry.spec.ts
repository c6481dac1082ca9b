import { jimBob, jimBobTree, richSue } from './servers/jim-bob';
import { ldif } from './servers/ldif';
import { people, policyPeople, type Slapd, startSlapd } from './servers/slapd';
import { type JsonObject, objectOf, textOf } from './support/client';
import { bearer, DirectoryClient, directoryVariables, resultOf } from './support/directory-client';
import { type RunningGateway, startGateway } from './support/gateway';

const jim = { dn: jimBob.typedDn, staticPassword: jimBob.password };

let slapd: Slapd;
let gateway: RunningGateway;
let client: DirectoryClient;

beforeAll(async () => {
  slapd = await startSlapd({ furtherTree: jimBobTree });
  gateway = await startGateway(directoryVariables(slapd));
  client = new DirectoryClient(gateway.url);
});
afterAll(async () => {
  await gateway?.stop();
  await slapd?.remove();
});

async function tokenOf(credentials: JsonObject = jim): Promise<string> {
  return textOf((await client.authenticate(credentials)).body, 'accessToken');
}

describe('GET /directory/v1/me', () => {
  it.each<[string, object]>([
    ['', jimBob.attributes],
    ['?includeAttributes=uid,SN', { uid: ['jimbob'], sn: ['Bob'] }],
    ['?includeAttributes=*&excludeAttributes=sn,objectclass,cn', { givenName: ['Jim'], uid: ['jimbob'] }],
    ['?excludeAttributes=*&includeAttributes=sn', {}],
    [
      '?includeAttributes=entryDN,uid&excludeAttributes=_operationalAttributes',
      { uid: ['jimbob'], entryDN: [jimBob.dn] },
    ],
    ['?includeAttributes=', {}],
  ])('with the query %j has the entry', async (query, attributes) => {
    const answer = await client.get(`me${query}`, await tokenOf());
    expect([answer.status, answer.body]).toEqual([200, { _dn: jimBob.dn, ...attributes }]);
  });

  it('has the operational attributes by their alias', async () => {
    const { body } = await client.get('me?includeAttributes=_operationalAttributes', await tokenOf());
    expect(body).toMatchObject({ _dn: jimBob.dn, entryDN: [jimBob.dn] });
    expect(body).not.toHaveProperty('uid');
  });

  it('refuses an attribute that is wanted and not wanted, too many, and strangers', async () => {
    const token = await tokenOf();
    const asked = async (query: string) => resultOf(await client.get(`me?${query}`, token));
    expect(await asked('includeAttributes=sn&excludeAttributes=SN')).toBe('400 2 protocolError');
    expect(await asked(`includeAttributes=${'a,'.repeat(200)}`)).toBe('400 11 adminLimitExceeded');
    expect(await asked(`includeAttributes=${'a'.repeat(257)}`)).toBe('400 2 protocolError');
    for (const authorization of ['', 'Bearer nonsense']) {
      const answer = await client.request('/directory/v1/me', { headers: { authorization } });
      expect(resultOf(answer)).toBe('401 49 invalidCredentials');
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    }
  });
});

describe('the session behind an access token', () => {
  it('ends with it, and opens the native API until then', async () => {
    const token = await tokenOf();
    const { data } = await client.me(token);
    const session = objectOf(data['session']);
    expect(Date.parse(textOf(session, 'expires_at')) - Date.parse(textOf(session, 'created_at'))).toBe(
      900_000,
    );
    gateway.clock.advance(899_000);
    expect((await client.get('me', token)).status).toBe(200);
    gateway.clock.advance(2_000);
    expect(resultOf(await client.get('me', token))).toBe('401 49 invalidCredentials');
  });

  it('is seen and ended among the sessions of the native API', async () => {
    const token = await tokenOf();
    const native = await client.login('jimbob', jimBob.password);
    const headers = bearer(textOf(native.data, 'access_token'));
    const mine = objectOf((await client.me(token)).data['session']);
    const listed = await client.request('/api/auth/sessions', { headers });
    expect(listed.body['data']).toContainEqual(expect.objectContaining({ id: textOf(mine, 'id') }));
    const path = `/api/auth/sessions/${textOf(mine, 'id')}`;
    expect((await client.request(path, { method: 'DELETE', headers })).status).toBe(200);
    expect(resultOf(await client.get('me', token))).toBe('401 49 invalidCredentials');
  });
});

describe('POST /directory/v1/{dn}/changePassword', () => {
  const { changer } = policyPeople;
  const by = (password: string) => ({ dn: changer.dn, staticPassword: password });

  it('changes the own password, keeps this session and ends the others', async () => {
    const token = await tokenOf(by(changer.password));
    const other = await tokenOf(by(changer.password));
    const newPassword = 'canary-new-password';
    const body = { oldPassword: changer.password, newPassword, _controls: [policyControl] };
    const slip = await client.changePassword(changer.dn, { ...body, oldPassword: 'a slip' }, token);
    // The directory locks after three; a stranger would have no try after this one.
    expect(resultOf(slip)).toBe('401 49 invalidCredentials');
    const answer = await client.changePassword(changer.dn.toUpperCase(), body, token);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('application/hal+json'),
    ]);
    expect(answer.body).toEqual({
      resultCode: { value: 0, name: 'success' },
      _controls: [{ oid: policyControl.oid, criticality: false, 'value-json': {} }],
    });
    expect((await client.get('me', token)).status).toBe(200);
    expect((await client.get('me', other)).status).toBe(401);
    expect((await client.authenticate(by(newPassword))).status).toBe(200);
    expect((await client.authenticate(by(changer.password))).status).toBe(401);
    const short = await client.changePassword(
      changer.dn,
      { oldPassword: newPassword, newPassword: 'x' },
      token,
    );
    expect(resultOf(short)).toBe('403 19 constraintViolation');
  });

  const policyControl = { oid: '1.3.6.1.4.1.42.2.27.8.5.1', criticality: true };
  const words = { oldPassword: 'canary-old', newPassword: 'canary-new' };

  it.each<[string, string, unknown, string]>([
    ['an empty old password', people.alice.dn, { ...words, oldPassword: '' }, '401 49 invalidCredentials'],
    ['a wrong old password', people.alice.dn, words, '401 49 invalidCredentials'],
    ['somebody else’s DN', people.bob.dn, words, '403 50 insufficientAccessRights'],
    ['nobody’s DN', 'uid=alice,ou=ldap', words, '403 50 insufficientAccessRights'],
    ['no DN', 'me', words, '400 34 invalidDNSyntax'],
    ['no old password', people.alice.dn, { newPassword: 'canary-new' }, '400 2 protocolError'],
    ['no new password', people.alice.dn, { oldPassword: 'canary-old' }, '400 2 protocolError'],
    ['an empty new password', people.alice.dn, { ...words, newPassword: '' }, '400 2 protocolError'],
    [
      'a control of a login',
      people.alice.dn,
      { ...words, _controls: [{ oid: '2.16.840.1.113730.3.4.16', criticality: true }] },
      '400 12 unavailableCriticalExtension',
    ],
  ])('refuses %s', async (_case, target, body, expected) => {
    const token = await tokenOf({ dn: people.alice.dn, staticPassword: people.alice.password });
    expect(resultOf(await client.changePassword(target, body, token))).toBe(expected);
  });

  it('takes DNs of every length that is read, and no stranger', async () => {
    const long = `cn=${'ä€'.repeat(400)},${jimBobTree.baseDn}`;
    expect(resultOf(await client.changePassword(long, words, await tokenOf()))).toBe(
      '403 50 insufficientAccessRights',
    );
    expect(resultOf(await client.post(`${encodeURIComponent(jimBob.dn)}/changePassword`, words))).toBe(
      '401 49 invalidCredentials',
    );
  });
});

describe('people whose name the filter does not look for', () => {
  it('change their password by the entry that is theirs', async () => {
    const byMail = await startGateway({
      ...directoryVariables(slapd),
      LDAP_USER_FILTER: '(mail={username})',
    });
    try {
      const mailClient = new DirectoryClient(byMail.url);
      const login = (staticPassword: string) =>
        mailClient.authenticate({ username: 'sue@example.com', staticPassword });
      const token = textOf((await login(richSue.password)).body, 'accessToken');
      const wrong = { oldPassword: 'canary-wrong', newPassword: 'canary-new-sue' };
      expect(resultOf(await mailClient.changePassword(richSue.dn, wrong, token))).toBe(
        '401 49 invalidCredentials',
      );
      const right = { ...wrong, oldPassword: richSue.password };
      expect(resultOf(await mailClient.changePassword(richSue.dn, right, token))).toBe('200 0 success');
      expect((await login('canary-new-sue')).status).toBe(200);
      expect((await login(richSue.password)).status).toBe(401);
      const line = byMail
        .logs()
        .split('\n')
        .find((one) => /password_change.*success/.test(one));
      expect(line).toContain('"username":"richsue"');
    } finally {
      await byMail.stop();
    }
  });
});

describe('a token with the scope of a client', () => {
  it('opens neither the entry nor the password', async () => {
    const scoped = await startGateway({
      ...directoryVariables(slapd),
      ...{ JWT_ISSUER: 'https://login.example.org', OAUTH_CLIENTS: '[{"client_id":"app"}]' },
    });
    try {
      const scopedClient = new DirectoryClient(scoped.url);
      const typed = { usuario: 'jimbob', contrasenia: jimBob.password, client_id: 'app', scope: 'openid' };
      const { data } = await scopedClient.request('/api/auth/login', { method: 'POST', body: typed });
      const token = textOf(data, 'access_token');
      expect(resultOf(await scopedClient.get('me', token))).toBe('403 50 insufficientAccessRights');
      const words = { oldPassword: jimBob.password, newPassword: 'canary-new' };
      expect(resultOf(await scopedClient.changePassword(jimBob.dn, words, token))).toBe(
        '403 50 insufficientAccessRights',
      );
    } finally {
      await scoped.stop();
    }
  });
});

it('is nobody’s once the person is gone', async () => {
  const uid = 'leaver';
  const leaver = `uid=${uid},ou=People,${jimBobTree.baseDn}`;
  const entry = { dn: leaver, objectClass: 'inetOrgPerson', uid, cn: 'Lea Ver', sn: 'Ver' };
  await slapd.modify(ldif([{ ...entry, userPassword: 'canary-leaver' }]), jimBobTree.baseDn);
  const token = await tokenOf({ dn: leaver, staticPassword: 'canary-leaver' });
  expect((await client.get('me', token)).body).toMatchObject({ _dn: leaver });
  await slapd.modify(`dn: ${leaver}\nchangetype: delete\n`, jimBobTree.baseDn);
  expect(resultOf(await client.get('me', token))).toBe('401 49 invalidCredentials');
  const words = { oldPassword: 'canary-leaver', newPassword: 'canary-new' };
  expect(resultOf(await client.changePassword(leaver, words, token))).toBe('401 49 invalidCredentials');
});

it('writes no password to the log', () => {
  for (const secret of ['canary', policyPeople.changer.password]) {
    expect(gateway.logs().includes(secret)).toBe(false);
  }
});
