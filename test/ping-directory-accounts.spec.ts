import { jimBob, jimBobTree } from './servers/jim-bob';
import { domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { people, policyPeople, type Slapd, startSlapd, type TestPerson } from './servers/slapd';
import type { Answer } from './support/client';
import { controlsOf, DirectoryClient, directoryVariables, resultOf } from './support/directory-client';
import { type RunningGateway, startGateway } from './support/gateway';

const oids = {
  policy: '1.3.6.1.4.1.42.2.27.8.5.1',
  identityRequest: '2.16.840.1.113730.3.4.16',
  identity: '2.16.840.1.113730.3.4.15',
  entry: '1.3.6.1.4.1.30221.2.5.6',
  usable: '1.3.6.1.4.1.42.2.27.9.5.8',
  issuesRequest: '1.3.6.1.4.1.30221.2.5.46',
  issues: '1.3.6.1.4.1.30221.2.5.47',
  expired: '2.16.840.1.113730.3.4.4',
  expiring: '2.16.840.1.113730.3.4.5',
};
const twoDays = 2 * 24 * 60 * 60;
const asked = [oids.policy, oids.identityRequest, oids.usable, oids.issuesRequest].map((oid) => ({
  oid,
  criticality: true,
}));

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

function logIn({ dn, password }: Pick<TestPerson, 'dn' | 'password'>, controls: readonly object[] = asked) {
  return client.authenticate({ dn, staticPassword: password }, { _controls: controls });
}

describe('accounts under a password policy of OpenLDAP', () => {
  it('are told of a password that expires soon, asked or not', async () => {
    const seconds: unknown = expect.any(Number);
    const answer = await logIn(policyPeople.warn);
    expect(answer.status).toBe(200);
    const left = Number(answer.body['secondsUntilPasswordExpiration']);
    expect(left).toBeGreaterThan(twoDays - 600);
    expect(left).toBeLessThanOrEqual(twoDays);
    expect(answer.body).not.toHaveProperty('mustChangePassword');
    expect(controlsOf(answer)).toMatchObject({
      [oids.policy]: { warning: { 'seconds-until-expiration': seconds } },
      [oids.expiring]: { 'seconds-until-expiration': seconds },
      [oids.identity]: { 'authorization-id': `dn:${policyPeople.warn.dn}` },
      [oids.usable]: { 'account-is-usable': true, 'seconds-until-password-expiration': seconds },
      [oids.issues]: { warnings: [{ id: 2, name: 'password-expiring' }] },
    });
    expect(Object.keys(controlsOf(await logIn(policyPeople.warn, [])))).toEqual([oids.expiring]);
  });

  it.each([
    {
      ...{ person: policyPeople.expired, result: '401 49 invalidCredentials' },
      ...{ policy: 'password-expired', issue: { id: 8, name: 'password-expired' } },
    },
    {
      ...{ person: policyPeople.mustChange, result: '403 53 unwillingToPerform' },
      ...{ policy: 'change-after-reset', issue: { id: 11, name: 'must-change-password' } },
    },
  ])('are refused and told why: $policy', async ({ person, result, policy, issue }) => {
    const answer = await logIn(person);
    expect(resultOf(answer)).toBe(result);
    expect(answer.body).not.toHaveProperty('accessToken');
    const controls = controlsOf(answer);
    expect(controls).toMatchObject({
      [oids.policy]: { 'error-type': policy },
      [oids.usable]: { 'account-is-usable': false, 'account-is-inactive': false },
      [oids.issues]: { errors: [issue], 'authentication-failure-reason': { id: 1 } },
    });
    expect(controls).toHaveProperty([oids.expired]);
    expect(controls).not.toHaveProperty([oids.identity]);
    if (result.startsWith('401')) expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    expect(Object.keys(controlsOf(await logIn(person, [])))).toEqual([oids.expired]);
    expect(await isLikeWrong(await logIn({ ...person, password: 'canary-wrong' }))).toBe(true);
  });

  it('tell a stranger nothing of a lock', async () => {
    expect(await isLikeWrong(await logIn(people.locked))).toBe(true);
  });

  async function isLikeWrong(answer: Answer): Promise<boolean> {
    expect(answer.body).toEqual((await logIn({ ...people.bob, password: 'canary-wrong' })).body);
    expect(controlsOf(answer)).toEqual({
      [oids.policy]: {},
      [oids.issues]: {
        ...{ notices: [], warnings: [], errors: [] },
        'authentication-failure-reason': { id: 9, name: 'invalid-credentials' },
      },
    });
    return resultOf(answer) === '401 49 invalidCredentials';
  }
});

describe('the controls that name somebody', () => {
  const jim = { username: jimBob.uid, staticPassword: jimBob.password };

  it('say who has authenticated, with what was asked for of the entry', async () => {
    const attributes = ['uid', 'sn'];
    const _controls = [
      { oid: oids.identityRequest, criticality: false },
      { oid: oids.entry, criticality: true, 'value-json': { attributes } },
    ];
    const answer = await client.authenticate(jim, { returnUserAttributes: ['cn'], _controls });
    expect(answer.body['userAttributes']).toEqual({ _dn: jimBob.dn, cn: ['Jim Bob'] });
    expect(controlsOf(answer)).toEqual({
      [oids.identity]: { 'authorization-id': `dn:${jimBob.dn}` },
      [oids.entry]: {
        ...{ 'is-authenticated': true, 'identities-match': true },
        'authentication-id': `dn:${jimBob.dn}`,
        'authentication-entry': { _dn: jimBob.dn, uid: ['jimbob'], sn: ['Bob'] },
      },
    });
  });

  it('name the entry also where no attributes are wanted', async () => {
    const value = { 'include-authentication-entry': false, 'include-authorization-entry': false };
    const _controls = [{ oid: oids.entry, criticality: true, 'value-json': value }];
    const answer = await client.authenticate(jim, { _controls });
    expect(answer.body).not.toHaveProperty('userAttributes');
    expect(controlsOf(answer)[oids.entry]).toEqual({
      ...{ 'is-authenticated': true, 'identities-match': true, 'authentication-id': `dn:${jimBob.dn}` },
    });
  });
});

it('writes no password to the log', () => {
  const secrets = ['canary', policyPeople.expired.password, policyPeople.mustChange.password];
  expect(secrets.filter((secret) => gateway.logs().includes(secret))).toEqual([]);
});

describe('Active Directory behind the dialect', () => {
  const { alice, disabled, accountExpired, gateway: service } = domainUsers;
  let samba: SambaAd;
  let ad: RunningGateway;
  let adClient: DirectoryClient;

  beforeAll(async () => {
    samba = await startSambaAd();
    ad = await startGateway({
      ...{ COMPAT: 'ping-directory', STRATEGIES: 'ldap', LDAP_URL: samba.ldapsUrl },
      ...{ LDAP_TLS_CA_FILE: samba.caFile, LDAP_DOMAIN: samba.domain },
      ...{ LDAP_BIND_DN: `${service.account}@${samba.domain}`, LDAP_BIND_PASSWORD: service.password },
    });
    adClient = new DirectoryClient(ad.url);
  }, 180_000);
  afterAll(async () => {
    await ad?.stop();
    await samba?.remove();
  });

  it.each([{ dn: alice.dn.toLowerCase() }, { username: alice.account }])('logs %j in', async (name) => {
    const wanted = { returnUserAttributes: ['sAMAccountName', 'unicodePwd'] };
    const answer = await adClient.authenticate({ ...name, staticPassword: alice.password }, wanted);
    expect(answer.body['userAttributes']).toEqual({ _dn: alice.dn, sAMAccountName: ['alice'] });
  });

  it.each([
    [disabled, { id: 1, name: 'account-disabled' }],
    [accountExpired, { id: 3, name: 'account-expired' }],
  ])('says what is wrong with $account', async ({ dn, password }, issue) => {
    const answer = await adClient.authenticate({ dn, staticPassword: password }, { _controls: asked });
    expect(resultOf(answer)).toBe('401 49 invalidCredentials');
    expect(controlsOf(answer)[oids.issues]).toMatchObject({ errors: [issue] });
  });
});
