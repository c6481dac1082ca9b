import { jimBob, jimBobTree, richSue } from './servers/jim-bob';
import { installedProgram, run } from './servers/process';
import { type Slapd, startSlapd } from './servers/slapd';
import { type JsonObject, objectOf, textOf } from './support/client';
import { controlsOf, DirectoryClient, directoryVariables, resultOf } from './support/directory-client';
import { type RunningGateway, startGateway } from './support/gateway';

const jim = { dn: jimBob.typedDn, staticPassword: jimBob.password };
const anyText: unknown = expect.any(String);
const example = {
  resultCode: { value: 0, name: 'success' },
  userAttributes: { _dn: jimBob.dn, ...jimBob.attributes },
};

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

describe('the curl lines of the API’s own page', () => {
  const body = (credentials: string) =>
    `{\n"returnUserAttributes": [\n"*"\n],\n"credentials": {\n"authenticationType": "password",\n${credentials},\n"staticPassword": "password"\n}\n}`;
  const dnBody = body('"dn": "uid=jimbob,ou=people,dc=example,dc=com"');

  async function curl(...args: readonly string[]): Promise<unknown> {
    const address = `${gateway.url}/directory/v1/authenticate`;
    return JSON.parse(
      await run(installedProgram('/usr/bin/curl'), ['-s', '--location', '--globoff', address, ...args]),
    );
  }

  it.each([
    ['by DN', dnBody],
    ['by name', body('"username": "jimbob"')],
  ])('log Jim Bob in %s', async (_way, data) => {
    const header = 'Content-Type: application/json';
    const first = await curl('--header', header, '--data', data);
    expect(first).toEqual({ ...example, accessToken: anyText });
    const authorization = `Authorization: Bearer ${textOf(objectOf(first), 'accessToken')}`;
    const again = await curl('--header', header, '--header', authorization, '--data', data);
    expect(again).toEqual({ ...example, accessToken: anyText });
  });

  it('are refused with an access token that is none', async () => {
    const placeholder = 'Authorization: Bearer {{accessToken}}';
    expect(
      await curl('--header', 'Content-Type: application/json', '--header', placeholder, '--data', dnBody),
    ).toEqual({
      resultCode: { value: 49, name: 'invalidCredentials' },
      diagnosticMessage: 'Invalid token',
    });
  });
});

describe('a login', () => {
  it.each([
    [{ dn: jimBob.typedDn.toUpperCase() }, 'jimbob'],
    [{ dn: 'uid = jimbob, ou = People, dc = example, dc = com' }, 'jimbob'],
    [{ username: 'JimBob' }, 'jimbob'],
  ])('as %j is Jim Bob’s', async (name, username) => {
    const answer = await client.authenticate({ ...name, staticPassword: jimBob.password });
    expect(answer.body).toEqual({ resultCode: example.resultCode, accessToken: anyText });
    const me = await client.me(textOf(answer.body, 'accessToken'));
    expect(me.data['user']).toMatchObject({ username, strategy: 'ldap' });
  });

  it('shows what was named, in the spelling of the schema, and no password', async () => {
    const sue = { username: richSue.uid, staticPassword: richSue.password };
    const named = await client.authenticate(sue, {
      returnUserAttributes: ['MAIL', 'userPassword', 'nosuch'],
    });
    expect(named.body['userAttributes']).toEqual({
      _dn: richSue.dn,
      mail: ['sue@example.com', 'rich@example.com'],
    });
    const operational = await client.authenticate(sue, { returnUserAttributes: ['+'] });
    expect(operational.body['userAttributes']).toMatchObject({ _dn: richSue.dn, entryDN: [richSue.dn] });
    expect(operational.body['userAttributes']).not.toHaveProperty('uid');
    const all = await client.authenticate(sue, { returnUserAttributes: ['*', '+'] });
    expect(all.text).not.toMatch(/canary|userPassword|SSHA/i);
  });

  it.each([
    ['a wrong password', { dn: jimBob.dn, staticPassword: 'canary-wrong' }],
    ['a wrong password by name', { username: 'jimbob', staticPassword: 'canary-wrong' }],
    ['an empty password', { dn: jimBob.dn, staticPassword: '' }],
    ['an unknown DN', { dn: `uid=stranger,${jimBobTree.baseDn}`, staticPassword: 'canary' }],
    ['a DN below no base', { dn: 'uid=jimbob,dc=elsewhere', staticPassword: 'canary' }],
    ['a name of a strategy that is none', { dn: 'uid=jimbob,ou=nowhere', staticPassword: 'canary' }],
    ['an unknown name', { username: 'nobody-here', staticPassword: 'canary' }],
    ['a blank name', { username: '  ', staticPassword: 'canary' }],
  ])('with %s is one and the same refusal', async (_case, credentials) => {
    const answer = await client.authenticate(credentials, { returnUserAttributes: ['*'] });
    expect(resultOf(answer)).toBe('401 49 invalidCredentials');
    expect(answer.body['diagnosticMessage']).toBe('Invalid credentials');
    expect(Object.keys(answer.body)).toEqual(['resultCode', 'diagnosticMessage']);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  });

  it.each([
    ['a dead token', 'Bearer x.y.z'],
    ['Basic', `Basic ${Buffer.from(`${jimBob.dn}:${jimBob.password}`).toString('base64')}`],
    ['a bare token', 'canary'],
  ])('with %s as Authorization is refused before the password', async (_case, authorization) => {
    const binds = slapd.countBinds(jimBob.dn);
    const answer = await client.authenticate(jim, {}, { authorization });
    expect(resultOf(answer)).toBe('401 49 invalidCredentials');
    expect(answer.body['diagnosticMessage']).toBe('Invalid token');
    expect(slapd.countBinds(jimBob.dn)).toBe(binds);
  });
});

const { dn } = jimBob;
const staticPassword = 'canary-malformed';
const person = { dn, staticPassword };

describe('a malformed login', () => {
  it.each<[string, unknown, string]>([
    ['no body', undefined, '400 2 protocolError'],
    ['no JSON', '{"canary', '400 2 protocolError'],
    ['a list', [], '400 2 protocolError'],
    ['no credentials', {}, '400 2 protocolError'],
    ['a text as credentials', { credentials: 'canary' }, '400 2 protocolError'],
    ['no type', { credentials: person }, '400 2 protocolError'],
    ['dn and username', login({ ...person, username: 'canary' }), '400 2 protocolError'],
    ['neither dn nor username', login({ staticPassword }), '400 2 protocolError'],
    ['no password', login({ dn }), '400 2 protocolError'],
    ['a number as password', login({ dn, staticPassword: 7 }), '400 2 protocolError'],
    ['a long password', login({ dn, staticPassword: 'x'.repeat(1025) }), '400 2 protocolError'],
    ['a long name', login({ username: 'x'.repeat(257), staticPassword }), '400 2 protocolError'],
    ['a long DN', login({ dn: `cn=${'x'.repeat(1024)}`, staticPassword }), '400 2 protocolError'],
    ['no DN', login({ dn: 'canary', staticPassword }), '400 34 invalidDNSyntax'],
    ['an empty DN', login({ dn: '', staticPassword }), '400 34 invalidDNSyntax'],
    ['a second factor', login(person, 'passwordPlusTOTP'), '400 7 authMethodNotSupported'],
    ['another type', login(person, 'canary'), '400 7 authMethodNotSupported'],
    ['a text as names', { ...login(person), returnUserAttributes: '*' }, '400 2 protocolError'],
    ['a number as a name', { ...login(person), returnUserAttributes: [1] }, '400 2 protocolError'],
    ['a long name of an attribute', withNames(['x'.repeat(257)]), '400 2 protocolError'],
    ['201 names', withNames(Array.from({ length: 201 }, String)), '400 11 adminLimitExceeded'],
    ['controls that are none', withControl({ oid: 'canary' }), '400 2 protocolError'],
    ['an unknown critical control', unknownControl(true), '400 12 unavailableCriticalExtension'],
  ])('with %s asks nobody and repeats nothing', async (_case, body, expected) => {
    const binds = slapd.countBinds(jimBob.dn);
    const answer = await client.post('authenticate', body, { 'content-type': 'application/json' });
    expect(resultOf(answer)).toBe(expected);
    expect(textOf(answer.body, 'diagnosticMessage')).not.toContain('canary');
    expect(slapd.countBinds(jimBob.dn)).toBe(binds);
  });

  it('may have an unknown control that is not critical, and 200 names', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `x${index}`);
    const body = { ...unknownControl(false), credentials: { authenticationType: 'password', ...jim } };
    const answer = await client.post('authenticate', { ...body, returnUserAttributes: names });
    expect(answer.body).toMatchObject({ userAttributes: { _dn: jimBob.dn } });
    expect(controlsOf(answer)).toEqual({});
  });

  function login(credentials: object, authenticationType = 'password'): JsonObject {
    return { credentials: { authenticationType, ...credentials } };
  }
  function withNames(returnUserAttributes: readonly string[]): JsonObject {
    return { ...login(person), returnUserAttributes };
  }
  function withControl(control: object): JsonObject {
    return { ...login(person), _controls: [control] };
  }
  function unknownControl(criticality: boolean): JsonObject {
    return withControl({ oid: '1.3.6.1.4.1.30221.2.5.55', criticality });
  }
});

it('writes no password and no token to the log', async () => {
  const { body } = await client.authenticate(jim);
  const log = gateway.logs();
  expect(log).toContain('"door":"ping-directory"');
  for (const secret of ['canary', textOf(body, 'accessToken')]) expect(log.includes(secret)).toBe(false);
});
