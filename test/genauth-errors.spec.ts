import { type Answer, Client, type JsonObject, objectOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';
import { appSecret, signIn, startGenAuth } from './support/genauth-bench';

const anyText: unknown = expect.any(String);
let gateway: RunningGateway;
let client: Client;
let right: JsonObject;

beforeAll(async () => {
  gateway = await startGenAuth({});
  client = new Client(gateway.url);
  right = {
    connection: 'PASSWORD',
    passwordPayload: { username: 'demo', password: gateway.demoPassword },
  };
});
afterAll(() => gateway.stop());

function post(path: string, body: unknown, headers = {}): Promise<Answer> {
  return client.request(path, { method: 'POST', body, headers });
}

describe('the envelope of errors', () => {
  const basic = `Basic ${Buffer.from('client_secret_basic:wrong').toString('base64')}`;
  const payload = { sAMAccountName: 'demo', password: 'wrong' };
  const noApp = { client_id: undefined, client_secret: undefined };
  const signable = { connection: 'LDAP', ldapPayload: payload };
  const nativeApp = { ...noApp, ...signable, client_id: 'gatehouse' };
  it.each<[string, string, unknown, Record<string, string>, readonly [number, number | undefined]]>([
    ['a wrong password', 'signin', { connection: 'LDAP', ldapPayload: payload }, {}, [403, 2333]],
    [
      'an unknown person',
      'signin',
      { connection: 'AD', adPayload: { ...payload, sAMAccountName: 'x' } },
      {},
      [403, 2333],
    ],
    [
      'no ciphertext',
      'signin',
      { connection: 'AD', adPayload: payload, options: { passwordEncryptType: 'rsa' } },
      {},
      [403, 2333],
    ],
    ['a missing payload', 'signin', { connection: 'LDAP', adPayload: payload }, {}, [400, undefined]],
    [
      'an empty password',
      'signin',
      { connection: 'LDAP', ldapPayload: { ...payload, password: '' } },
      {},
      [400, undefined],
    ],
    [
      'no name',
      'signin',
      { connection: 'PASSWORD', passwordPayload: { password: 'x' } },
      {},
      [400, undefined],
    ],
    [
      'a name that is no text',
      'signin',
      { connection: 'LDAP', ldapPayload: { ...payload, sAMAccountName: {} } },
      {},
      [400, undefined],
    ],
    [
      'a code instead of a password',
      'signin',
      { connection: 'PASSCODE', passCodePayload: {} },
      {},
      [400, undefined],
    ],
    [
      'an unknown encryption',
      'signin',
      { connection: 'LDAP', ldapPayload: payload, options: { passwordEncryptType: 'des' } },
      {},
      [400, undefined],
    ],
    [
      'a client address that is none',
      'signin',
      { connection: 'LDAP', ldapPayload: payload, options: { clientIp: 'here' } },
      {},
      [400, undefined],
    ],
    [
      'options that are none',
      'signin',
      { connection: 'LDAP', ldapPayload: payload, options: [] },
      {},
      [400, undefined],
    ],
    ['no JSON', 'signin', '{"connection"', {}, [400, undefined]],
    ['a form', 'signin', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, [400, undefined]],
    ['a body that is too long', 'signin', { filler: 'x'.repeat(20_000) }, {}, [413, undefined]],
    ['an unknown application', 'signin', { client_id: 'nobody' }, {}, [401, 2011]],
    ['an application that nobody registered', 'signin', nativeApp, {}, [401, 2011]],
    [
      'the same by x-authing-app-id',
      'signin',
      { ...signable, ...noApp },
      { 'x-authing-app-id': 'gatehouse' },
      [401, 2011],
    ],
    ['a wrong secret', 'signin', { client_secret: 'wrong' }, {}, [401, 2011]],
    [
      'a wrong secret by Basic',
      'signin',
      { client_id: undefined, client_secret: undefined },
      { authorization: basic },
      [401, 2011],
    ],
    ['a secret where Basic is agreed', 'signin', { client_id: 'client_secret_basic' }, {}, [401, 2011]],
    ['no application', 'signin', { client_id: undefined, client_secret: undefined }, {}, [401, 2011]],
    [
      'a confidential application without its secret',
      'signin',
      { client_secret: undefined },
      {},
      [401, 2011],
    ],
    ['no token', 'update-password', { oldPassword: 'a', newPassword: 'b' }, {}, [401, 2020]],
    ['a bad token', 'update-password', {}, { authorization: 'a.b.c' }, [401, 2020]],
    ['an unknown path', 'signup', {}, {}, [404, undefined]],
    ['another method', 'get-profile', {}, {}, [404, undefined]],
  ])('%s', async (_case, path, body, headers, [statusCode, apiCode]) => {
    const app = { client_id: 'client_secret_post', client_secret: appSecret };
    const whole = typeof body === 'string' ? body : { ...app, ...objectOf(body) };
    const answer = await post(`/api/v3/${path}`, whole, headers);
    expect([answer.status, answer.body['statusCode'], answer.body['apiCode']]).toEqual([
      200,
      statusCode,
      apiCode,
    ]);
    expect(Object.keys(answer.body).sort()).toEqual(
      ['statusCode', 'message', 'requestId', ...(apiCode === undefined ? [] : ['apiCode'])].sort(),
    );
    expect(answer.body['requestId']).toBe(answer.headers.get('x-request-id'));
    expect(answer.headers.get('www-authenticate')).toBeNull();
  });

  it('names the faulty member', async () => {
    const answer = await signIn(gateway, { ...right, options: { clientIp: 'here' } });
    expect(answer.body['message']).toBe(
      'The submitted data is not valid: options.clientIp must be an IP address',
    );
  });

  it('has the words that clients of GenAuth look for', async () => {
    const answer = await signIn(gateway, {
      connection: 'LDAP',
      ldapPayload: { sAMAccountName: 'demo', password: 'x' },
    });
    expect(answer.body['message']).toBe('Account not exists or password is incorrect.');
  });

  it('is not that of other paths', async () => {
    expect((await client.request('/api/auth/me')).body['code']).toBe('UNAUTHORIZED');
    expect((await client.request('/api/v30')).body['code']).toBe('NOT_FOUND');
  });
});

describe('an outage, a storm and an absence', () => {
  it('is 503 with Retry-After where the source is down', async () => {
    const down = await startGenAuth({
      STRATEGIES: 'ldap',
      LDAP_URL: 'ldap://127.0.0.1:1',
      LDAP_BASE_DN: 'dc=example,dc=org',
      LDAP_BIND_MODE: 'template',
      LDAP_USER_DN_TEMPLATE: 'uid={username},dc=example,dc=org',
    });
    const answer = await signIn(down, {
      connection: 'LDAP',
      ldapPayload: { sAMAccountName: 'a', password: 'b' },
    });
    await down.stop();
    expect([answer.status, answer.body['statusCode'], answer.body['apiCode']]).toEqual([200, 503, undefined]);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('is 429 with two members for too many tries, all doors counted together', async () => {
    const strict = await startGenAuth({ RATE_LIMIT_AUTH_MAX: '2' });
    const wrong = {
      connection: 'LDAP',
      ldapPayload: { sAMAccountName: 'demo', password: 'x' },
      options: { clientIp: '192.0.2.1' },
    };
    const answers = [
      await signIn(strict, wrong),
      await new Client(strict.url).login('demo', 'x'),
      await signIn(strict, wrong),
    ];
    await strict.stop();
    const last = answers[2];
    expect(last?.body).toEqual({ statusCode: 429, message: anyText });
    expect(last?.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('leaves no route behind where COMPAT does not name it', async () => {
    const plain = await startGateway();
    const answer = await new Client(plain.url).request('/api/v3/system');
    await plain.stop();
    expect([answer.status, answer.body['code']]).toEqual([404, 'NOT_FOUND']);
  });
});
