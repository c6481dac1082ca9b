import { people, type Slapd, startSlapd } from './servers/slapd';
import { ldapStrategy, login, refused, unavailable } from './support/ldap-logins';

let slapd: Slapd;

beforeAll(async () => {
  slapd = await startSlapd();
});
afterAll(() => slapd?.remove());

describe('servers from DNS', () => {
  it('are used in their order, and looked up once', async () => {
    const questions: string[] = [];
    const port = Number(new URL(slapd.url).port);
    const ldap = ldapStrategy(
      { ...slapd.variables, LDAP_URL: 'srv:example.org', LDAP_ALLOW_PLAINTEXT: 'true' },
      [],
      {
        resolveSrv: (name) => {
          questions.push(name);
          return Promise.resolve([
            { name: '127.0.0.1', port, priority: 20, weight: 0 },
            { name: '127.0.0.1', port: 1, priority: 10, weight: 0 },
          ]);
        },
      },
    );
    expect(await login(ldap, 'alice', people.alice.password)).toMatchObject({ accepted: true });
    expect(await login(ldap, 'alice', 'wrong')).toEqual(refused);
    expect(questions).toEqual(['_ldap._tcp.example.org']);
    expect(ldap.health().map(({ isUp }) => isUp)).toEqual([false, true]);
  });

  it('are not used outside their domain when only public authorities vouch for them', async () => {
    const port = Number(new URL(slapd.url).port);
    const forged = { name: '127.0.0.1', port, priority: 10, weight: 0 };
    const variables = { ...slapd.variables, LDAP_URL: 'srv:example.org', LDAP_TLS_CA_FILE: undefined };
    const ldap = ldapStrategy({ ...variables, LDAP_ALLOW_PLAINTEXT: 'true' }, [], {
      resolveSrv: () => Promise.resolve([forged]),
    });
    const outage = await unavailable(login(ldap, 'alice', people.alice.password));
    expect(outage.message).toMatch(/127\.0\.0\.1.*not below example\.org.*LDAP_TLS_SERVER_NAME/);
    expect(ldap.health()).toEqual([]);
  });
});
