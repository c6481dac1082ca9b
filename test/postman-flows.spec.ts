import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cheapHash } from './support/cheap-hash';
import { writeUsersFile } from '../src/strategies/file/users-file-access';
import { jimBob, jimBobTree } from './servers/jim-bob';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { directoryVariables } from './support/directory-client';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';
import { appSecret, startGenAuth } from './support/genauth-bench';
import {
  collectionFile,
  type NewmanRun,
  type PostmanItem,
  postmanItems,
  readJson,
  runNewman,
} from './support/newman';

jest.setTimeout(300_000);

const password = 'correct horse battery';
const clientSecret = 'a-secret-of-the-client-of-the-flows';
const folders = postmanItems(readJson(collectionFile));
const flows = folders.find(({ name }) => name === 'Flows')?.items ?? [];

let slapd: Slapd;
let gateway: RunningGateway;

beforeAll(async () => {
  slapd = await startSlapd({ furtherTree: jimBobTree });
});
afterAll(() => slapd?.remove());
afterEach(() => gateway?.stop());

async function fileVariables(): Promise<Record<string, string>> {
  const usersFile = join(temporaryFolder(), 'users.json');
  const bob = { id: '22222222-2222-4222-8222-222222222222', username: 'bob', disabled: false };
  const person = { displayName: 'Bob B', email: 'bob@example.org', groups: ['staff'], roles: ['admin'] };
  writeUsersFile(usersFile, [{ ...bob, ...person, passwordHash: await cheapHash(password) }]);
  const hash = `sha256:${createHash('sha256').update(clientSecret).digest('hex')}`;
  return {
    ...{ STRATEGIES: 'file', USERS_FILE: usersFile, ADMIN_ROLE: 'admin' },
    OAUTH_CLIENTS: JSON.stringify([{ client_id: 'postman', client_secret_hash: hash }]),
  };
}

const asBob = () => ({
  ...{ baseUrl: gateway.url, username: 'bob', password, new_password: 'another long password' },
  ...{ client_id: 'postman', client_secret: clientSecret },
});

/** Every request of these flows was answered, in their order, each with its checks, and none failed. */
function expectWhole(run: NewmanRun, names: readonly string[]): void {
  expect(run.failures).toEqual([]);
  const requests = names.flatMap((name) => flows.find((flow) => flow.name === name)?.items ?? []);
  expect(run.answered.map(({ name }) => name)).toEqual(requests.map(({ name }) => name));
  expect(run.answered.filter(({ checks, status }) => checks < 1 || !(status > 0))).toEqual([]);
  expect(run.status).toBe(0);
}

describe('the flows of the native API', () => {
  const names = ['Native API: a session by cookie', 'Native API: a session by body', 'Native API: errors'];

  it('hold with a users file, within the usual rate limits', async () => {
    gateway = await startGateway(await fileVariables());
    expectWhole(await runNewman({ folders: names, variables: asBob() }), names);
  });

  it('hold for a client of OAuth', async () => {
    gateway = await startGateway(await fileVariables());
    const oauth = ['OAuth 2.0: a client'];
    expectWhole(await runNewman({ folders: oauth, variables: asBob() }), oauth);
  });
});

describe('the flow of a dialect', () => {
  it('holds for Django over a directory', async () => {
    gateway = await startGateway({ COMPAT: 'django', STRATEGIES: 'ldap', ...slapd.variables });
    const names = ['Django: a session and its errors'];
    const variables = { baseUrl: gateway.url, username: 'alice', password: people.alice.password };
    expectWhole(await runNewman({ folders: names, variables }), names);
  });

  it('holds for PingDirectory over a directory', async () => {
    gateway = await startGateway(directoryVariables(slapd));
    const names = ['PingDirectory: a login and its errors'];
    const variables = { baseUrl: gateway.url, username: jimBob.uid, password: jimBob.password };
    expectWhole(await runNewman({ folders: names, variables }), names);
  });

  it('holds for GenAuth', async () => {
    gateway = await startGenAuth({});
    const names = ['GenAuth: a sign-in and its errors'];
    const person = { username: 'demo', password: gateway.demoPassword };
    const client = { client_id: 'client_secret_basic', client_secret: appSecret };
    const variables = { baseUrl: gateway.url, ...person, ...client };
    expectWhole(await runNewman({ folders: names, variables }), names);
  });
});

describe('the flows', () => {
  it('are as long as they were, each request with a test', () => {
    expect(flows.map(({ name, items }) => [name, items.length])).toEqual([
      ['Native API: a session by cookie', 12],
      ['Native API: a session by body', 6],
      ['Native API: errors', 13],
      ['OAuth 2.0: a client', 10],
      ['Django: a session and its errors', 11],
      ['PingDirectory: a login and its errors', 11],
      ['GenAuth: a sign-in and its errors', 13],
    ]);
    const withoutTest = flows
      .flatMap(({ items }) => items)
      .filter(({ json }) => !/pm\.test\(/.test(JSON.stringify(json)));
    expect(withoutTest).toEqual([]);
  });

  it('fail where an answer is not the one that they test for, and where a script breaks', async () => {
    gateway = await startGateway(await fileVariables());
    const broken = join(temporaryFolder(), 'collection.json');
    const text = JSON.stringify(readJson(collectionFile))
      .replaceAll("equal('NO_REFRESH_COOKIE')", "equal('ANOTHER_CODE')")
      .replaceAll("pm.test('400 INVALID_JSON', () => {", "missing.test('400 INVALID_JSON', () => {");
    writeFileSync(broken, text);
    const errors = ['Native API: errors'];
    const run = await runNewman({ collection: broken, folders: errors, variables: asBob() });
    expect(run.status).toBe(1);
    expect(run.failures).toEqual([
      expect.stringMatching(/^No JSON: .*missing is not defined/),
      expect.stringMatching(/^Refresh without a cookie: .*ANOTHER_CODE/),
    ]);
    expect(() => expectWhole(run, errors)).toThrow();
  });
});

describe('the single requests', () => {
  it('are understood by a gateway that speaks everything', async () => {
    const limits = { RATE_LIMIT_AUTH_MAX: '1000', RATE_LIMIT_MAX: '1000' };
    const compat = { COMPAT: 'django,ping-directory,genauth' };
    gateway = await startGateway({ ...(await fileVariables()), ...limits, ...compat });
    const items = folders.filter(({ name }) => name !== 'Flows').flatMap((folder) => folder.items);
    const collection = join(temporaryFolder(), 'collection.json');
    const item = inGoodOrder(items).map(({ json }) => json);
    writeFileSync(collection, JSON.stringify({ ...readJson(collectionFile), item }));
    const run = await runNewman({ collection, variables: asBob() });
    expect(run.failures).toEqual([]);
    expect(run.answered).toHaveLength(item.length);
    const others = run.answered.filter(({ status }) => status !== 200);
    expect(others.map(({ name, status }) => `${status} ${name}`)).toEqual([
      // A users file lets nobody change a password.
      '403 Change the own password, also an expired one',
      // No login for a client came before.
      '400 The next tokens of a session (RFC 6749 section 6)',
      '403 Change the own password',
      // The token is not one of the client.
      '400 End the session of a token (RFC 7009)',
    ]);
  });

  /** What ends a session comes last, each after a login of its own. */
  function inGoodOrder(items: readonly PostmanItem[]): readonly PostmanItem[] {
    const endsSession = ({ name }: PostmanItem) => name.startsWith('End ');
    const before = items.filter(({ name }) =>
      /^(?:Log in with a name|Who the access token speaks for$)/.test(name),
    );
    expect(before).toHaveLength(2);
    return [
      ...items.filter((item) => !endsSession(item)),
      ...items.filter(endsSession).flatMap((item) => [...before, item]),
    ];
  }
});
