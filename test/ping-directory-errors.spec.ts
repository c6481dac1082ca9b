import { objectOf, textOf } from './support/client';
import { bearer, DirectoryClient, resultOf } from './support/directory-client';
import { type RunningGateway, startGateway } from './support/gateway';

const body = { credentials: { authenticationType: 'password', username: 'demo', staticPassword: 'x' } };

describe('the Directory REST API', () => {
  let gateway: RunningGateway;
  let client: DirectoryClient;

  beforeAll(async () => {
    gateway = await startGateway({ COMPAT: 'ping-directory', RATE_LIMIT_AUTH_MAX: '1000' });
    client = new DirectoryClient(gateway.url);
  });
  afterAll(() => gateway.stop());

  it.each([
    ['GET', 'authenticate', '405 2 protocolError'],
    ['DELETE', 'me', '405 2 protocolError'],
    ['GET', 'uid=x/changePassword', '405 2 protocolError'],
    ['GET', 'uid=jimbob,dc=example,dc=com', '404 32 noSuchObject'],
    ['GET', '%zz', '400 2 protocolError'],
    ['GET', '', '404 32 noSuchObject'],
    ['POST', `${'x'.repeat(4000)}/changePassword`, '404 32 noSuchObject'],
  ])('answers %s /directory/v1/%s in its own form', async (method, path, expected) => {
    const answer = await client.request(`/directory/v1/${path}`, { method });
    expect(resultOf(answer)).toBe(expected);
    expect(Object.keys(answer.body)).toEqual(['resultCode', 'diagnosticMessage']);
    expect(answer.headers.has('allow')).toBe(answer.status === 405);
    expect(answer.headers.get('content-language')).toBe('en');
    expect(answer.headers.has('x-request-id')).toBe(true);
  });

  it('answers bodies that are too large or no JSON in its own form', async () => {
    const large = await client.post('authenticate', { ...body, filler: 'x'.repeat(20_000) });
    expect(resultOf(large)).toBe('413 11 adminLimitExceeded');
    const form = await client.post('authenticate', 'a=b', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(resultOf(form)).toBe('415 2 protocolError');
    const problem = await client.post('authenticate', {}, { accept: 'application/problem+json' });
    expect(problem.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('leaves the errors of other paths alone', async () => {
    for (const path of ['/directory/v10', '/directory', '/api/auth/me']) {
      expect((await client.request(path)).body['status']).toBe('error');
    }
  });

  it('logs in whoever has no entry, by a DN that it makes', async () => {
    const staticPassword = gateway.demoPassword;
    const wanted = { returnUserAttributes: ['*'] };
    const first = await client.authenticate({ username: 'demo', staticPassword }, wanted);
    const entry = objectOf(first.body['userAttributes']);
    expect(entry).toMatchObject({ _dn: 'uid=demo,ou=file', uid: ['demo'] });
    const again = await client.authenticate({ dn: 'UID=demo, OU=file', staticPassword }, wanted);
    expect(again.body['userAttributes']).toEqual(entry);
    const token = textOf(again.body, 'accessToken');
    expect((await client.get('me', token)).body).toEqual(entry);
    const words = { oldPassword: staticPassword, newPassword: 'canary-new' };
    // Nobody can change passwords of a users file over HTTP.
    expect(resultOf(await client.changePassword('uid=demo,ou=file', words, token))).toBe(
      '403 50 insufficientAccessRights',
    );
    const wrong = await client.authenticate({ dn: 'uid=demo,ou=file', staticPassword: 'canary' });
    expect(resultOf(wrong)).toBe('401 49 invalidCredentials');
    expect(gateway.logs().includes('canary')).toBe(false);
  });
});

it('counts its logins with those of the other doors', async () => {
  const gateway = await startGateway({ COMPAT: 'ping-directory', RATE_LIMIT_AUTH_MAX: '3' });
  const client = new DirectoryClient(gateway.url);
  const staticPassword = gateway.demoPassword;
  const token = textOf((await client.authenticate({ username: 'demo', staticPassword })).body, 'accessToken');
  await client.post('authenticate', {});
  await client.login('demo', 'wrong');
  for (const answer of [
    await client.post('authenticate', body, bearer(token)),
    await client.changePassword('uid=demo,ou=file', {}, token),
  ]) {
    expect(resultOf(answer)).toBe('429 51 busy');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect((await client.get('me', token)).status).toBe(200);
  await gateway.stop();
});

it('answers an outage as one, by name and by DN', async () => {
  const gateway = await startGateway({
    ...{ COMPAT: 'ping-directory', STRATEGIES: 'ldap', LDAP_URL: 'ldap://127.0.0.1:1' },
    ...{ LDAP_BASE_DN: 'dc=example,dc=com', LDAP_BIND_DN: 'cn=x', LDAP_BIND_PASSWORD: 'canary' },
  });
  const client = new DirectoryClient(gateway.url);
  for (const name of [{ username: 'jimbob' }, { dn: 'uid=jimbob,dc=example,dc=com' }]) {
    const answer = await client.authenticate({ ...name, staticPassword: 'canary' });
    expect(resultOf(answer)).toBe('503 52 unavailable');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(gateway.logs().includes('canary')).toBe(false);
  await gateway.stop();
});

it('is not there unless COMPAT names it', async () => {
  const gateway = await startGateway();
  const answer = await new DirectoryClient(gateway.url).post('authenticate', body);
  expect([answer.status, answer.body['code']]).toEqual([404, 'NOT_FOUND']);
  await gateway.stop();
});
