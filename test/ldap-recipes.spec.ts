import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SambaAd, domainUsers, startSambaAd } from './servers/samba-ad';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { Client, objectOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';

type Variables = Readonly<Record<string, string>>;

interface Recipe {
  readonly title: string;
  readonly kind: string;
  readonly variables: Variables;
}

/** The configurations of docs/ldap.md, each under the heading that it stands below. */
function recipes(): Recipe[] {
  const page = readFileSync(join(__dirname, '..', 'docs', 'ldap.md'), 'utf8');
  const blocks = [...page.matchAll(/^#{2,3} (.+)$|^```env ([a-z-]+)\n([\s\S]*?)^```$/gm)];
  let title = '';
  return blocks.flatMap(([, heading, kind = '', body = '']) => {
    title = heading ?? title;
    return heading === undefined ? [{ title: `${kind}: ${title}`, kind, variables: variablesOf(body) }] : [];
  });
}

function variablesOf(body: string): Variables {
  const lines = body.split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

let slapd: Slapd;
let second: Slapd;
let samba: SambaAd;
let gateway: RunningGateway | undefined;

beforeAll(async () => {
  [slapd, second, samba] = await Promise.all([startSlapd(), startSlapd(), startSambaAd()]);
}, 180_000);
afterEach(() => gateway?.stop());
afterAll(() => Promise.all([slapd.remove(), second.remove(), samba.remove()]));

/** Puts the test servers where the page has its examples; nothing else is changed. */
function onTestServers(variables: Variables): Variables {
  const places: [string, string][] = [
    ['ldaps://ldap.example.org', slapd.ldapsUrl],
    ['ldap://ldap.example.org', slapd.url],
    ['ldap://ldap2.example.org', second.url],
    ['ldaps://dc1.ad.example.org', samba.ldapsUrl],
    ['ca.pem', slapd.caFile],
  ];
  const placed = (value: string) => places.reduce((text, [from, to]) => text.replaceAll(from, to), value);
  const entries = Object.entries(variables).map(([name, value]): [string, string] => [name, placed(value)]);
  return Object.fromEntries([...entries, ...Object.entries(serviceSecrets(variables))]);
}

function serviceSecrets(variables: Variables): Variables {
  const names = Object.keys(variables).filter((name) => name.endsWith('_BIND_PASSWORD'));
  const isSamba = variables['LDAP_BIND_DN']?.includes('@') ?? false;
  const secret = isSamba ? domainUsers.gateway.password : slapd.bindPassword;
  return Object.fromEntries(names.map((name) => [name, secret]));
}

const alices: Readonly<Record<string, [string, () => string][]>> = {
  openldap: [['alice', () => people.alice.password]],
  'active-directory': [
    ['alice', () => domainUsers.alice.password],
    ['Alice@ad.example.org', () => domainUsers.alice.password],
  ],
  both: [
    ['EXAMPLE\\alice', () => domainUsers.alice.password],
    ['alice@partners.example.org', () => people.alice.password],
  ],
};

describe('each configuration of docs/ldap.md', () => {
  it('is there', () => expect(recipes().length).toBeGreaterThanOrEqual(7));

  it.each(recipes().map((recipe) => [recipe.title, recipe] as const))(
    '%s logs in',
    async (_title, recipe) => {
      gateway = await startGateway(onTestServers(recipe.variables));
      const client = new Client(gateway.url);
      for (const [name, password] of alices[recipe.kind] ?? []) {
        const answer = await client.login(name, password());
        expect(answer.status).toBe(200);
        expect(objectOf(answer.data['user'])['username']).toBe('alice');
        expect((await client.login(name, 'not-the-password')).body['code']).toBe('UNAUTHORIZED');
        const roles: unknown = objectOf(answer.data['user'])['roles'];
        if (recipe.variables['LDAP_ROLES']) expect(roles).toContain('developer');
        else expect(roles).toEqual([]);
      }
      expect(alices[recipe.kind]).toBeDefined();
    },
  );
});
