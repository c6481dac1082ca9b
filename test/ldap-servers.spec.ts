import { people, type Slapd, startSlapd } from './servers/slapd';
import { ldapStrategy, login, refused } from './support/ldap-logins';

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
});
