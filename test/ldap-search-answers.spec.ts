import { FakeLdap, type FakeAnswer, type FakeRequest } from './servers/fake-ldap';
import { identityOf, ldapStrategy, login, refused, reread, unavailable } from './support/ldap-logins';

// Answers of searches as the protocol allows them, and as no real server can be made to send them at will.

const entryUUID = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
const alice = { dn: 'uid=alice,dc=example,dc=org', attributes: { uid: 'alice', entryUUID } };
const twin = { ...alice, dn: 'uid=twin,dc=example,dc=org' };
const service = { LDAP_BIND_DN: 'cn=gateway', LDAP_BIND_PASSWORD: 'canary-service' };

let fake: FakeLdap;
let page: (request: FakeRequest) => FakeAnswer;

beforeEach(async () => {
  fake = await FakeLdap.start((request) => (request.operation === 'search' ? page(request) : { code: 0 }));
});
afterEach(() => fake.close());

function strategy(env: Record<string, string> = {}) {
  const variables = { LDAP_URL: fake.url, LDAP_BASE_DN: 'dc=example,dc=org', LDAP_GROUP_MODE: 'none' };
  return ldapStrategy({ ...variables, LDAP_ALLOW_PLAINTEXT: 'true', ...service, ...env });
}

/** An empty page first; the entry comes to whoever shows the cookie. */
function emptyPageFirst({ bytes }: FakeRequest): FakeAnswer {
  return bytes.includes('canary-cookie') ? { code: 0, entry: alice } : { code: 0, cookie: 'canary-cookie' };
}

it('goes on after an empty page with a cookie, in a login and in a rereading', async () => {
  page = emptyPageFirst;
  const ldap = strategy();
  const identity = await identityOf(ldap, 'alice', 'secret');
  expect(identity.subject).toBe(`ldap:${entryUUID}`);
  expect(await reread(ldap, identity)).toEqual(identity);
});

it('asks once where the first answer is whole', async () => {
  page = () => ({ code: 0, entry: alice });
  expect(await login(strategy(), 'alice', 'secret')).toMatchObject({ accepted: true });
  expect(fake.realRequests.filter(({ operation }) => operation === 'search')).toHaveLength(1);
});

it('cannot tell whether somebody is gone whose unique id two entries have', async () => {
  page = () => ({ code: 0, entry: alice });
  const ldap = strategy();
  const identity = await identityOf(ldap, 'alice', 'secret');
  page = () => ({ code: 0, entry: alice, moreEntries: [twin] });
  expect((await unavailable(reread(ldap, identity))).message).toContain('more than 1');
});

describe('a name typed as user@domain', () => {
  const named = { ...twin, attributes: { ...twin.attributes, userPrincipalName: 'Alice@example.org' } };
  const withDomain = () => strategy({ LDAP_DOMAIN: 'example.org', LDAP_USER_FILTER: '(uid={username})' });
  const bindsOfPeople = () =>
    fake.requests.filter(({ operation, password }) => operation === 'bind' && password === 'secret');

  it('is the entry that has it as its principal name, before the one that has the account', async () => {
    page = () => ({ code: 0, entry: alice, moreEntries: [named] });
    expect(await login(withDomain(), 'alice@example.org', 'secret')).toMatchObject({ accepted: true });
    expect(bindsOfPeople().map(({ name }) => name)).toEqual([named.dn]);
  });

  it.each([
    ['has no entry that can be told from the other', [alice, twin]],
    ['is the principal name of two', [named, { ...named, dn: 'uid=third,dc=example,dc=org' }]],
  ])('is refused where it %s', async (_, [entry, ...moreEntries]) => {
    page = () => ({ code: 0, ...(entry && { entry }), moreEntries });
    expect(await login(withDomain(), 'alice@example.org', 'secret')).toEqual(refused);
    expect(bindsOfPeople()).toEqual([]);
  });
});
