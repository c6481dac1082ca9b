import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cheapHash } from './support/cheap-hash';
import { domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { people, policyPeople, type Slapd, startSlapd } from './servers/slapd';
import { startUpstream, type Upstream } from './servers/upstream';
import type { JsonObject } from './support/client';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';
import { authMethods } from './support/genauth-bench';

/** A name and a password that nobody gets in with, and what is so about them. */
interface Guess {
  readonly kind: string;
  readonly name: string;
  readonly password: string;
  /** Another name of the same account, by which its tries are used up just before. */
  readonly usedUpAs?: string;
}

interface Door {
  readonly title: string;
  readonly path: string;
  readonly body: (guess: Guess) => JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expected: string;
}

const native = (guess: Guess) => ({ usuario: guess.name, contrasenia: guess.password });
const problem = { accept: 'application/problem+json', 'accept-language': 'en' };
const doors: readonly Door[] = [
  { title: 'native login', path: '/api/auth/login', body: native, expected: '401 UNAUTHORIZED' },
  {
    title: 'native login with problem details',
    path: '/api/auth/login',
    body: native,
    headers: problem,
    expected: '401 UNAUTHORIZED',
  },
  {
    title: 'native password change',
    path: '/api/auth/password',
    body: (guess) => ({ ...native(guess), nueva_contrasenia: 'Brand-new-Secret-1' }),
    expected: '401 UNAUTHORIZED',
  },
  {
    title: 'django',
    path: '/api/login-ldap/',
    body: ({ name, password }) => ({ username: name, password }),
    expected: '401',
  },
  {
    title: 'ping-directory',
    path: '/directory/v1/authenticate',
    body: ({ name, password }) => ({
      credentials: { authenticationType: 'password', username: name, staticPassword: password },
    }),
    expected: '401 invalidCredentials',
  },
  {
    title: 'genauth',
    path: '/api/v3/signin',
    body: ({ name, password }) => ({
      client_id: 'app',
      connection: 'PASSWORD',
      passwordPayload: { username: name, password },
    }),
    expected: '200 403',
  },
];

const dnDoor: Door = {
  title: 'ping-directory by DN',
  path: '/directory/v1/authenticate',
  body: ({ name, password }) => ({
    credentials: { authenticationType: 'password', dn: name, staticPassword: password },
  }),
  expected: '401 invalidCredentials',
};

const everyDialect = {
  COMPAT: 'django,ping-directory,genauth',
  OAUTH_CLIENTS: JSON.stringify([{ client_id: 'app', token_endpoint_auth_method: authMethods[2] }]),
  TRUSTED_PROXIES: '127.0.0.1',
};

let gateway: RunningGateway | undefined;
afterAll(() => gateway?.stop());

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  await gateway?.stop();
  gateway = await startGateway({ ...everyDialect, ...env });
}

/** All that a client sees: status, headers in their order with their values, and body. What is new with each request is left out. */
function seen(door: Door, guess: Guess, address: string): Promise<string> {
  const body = JSON.stringify(door.body(guess));
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': address, ...door.headers };
  return new Promise((resolve, reject) => {
    const sent = request(`${gateway?.url}${door.path}`, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode, statusMessage, rawHeaders } = response;
        const id = String(response.headers['x-request-id']);
        const text = [`${statusCode} ${statusMessage}`, rawHeaders.join('\n'), Buffer.concat(chunks)].join(
          '\n',
        );
        resolve(text.replaceAll(id, '<id>').replace(String(response.headers.date), '<date>'));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Longer than any count of failed logins lasts. */
const dayMs = 25 * 3_600_000;

async function useUp(door: Door, { usedUpAs, ...tried }: Guess): Promise<void> {
  if (usedUpAs === undefined) return;
  for (let n = 0; n < 5; n++) await seen(door, { ...tried, name: usedUpAs }, `10.200.${n}.1`);
}

/**
 * Each kind comes from an address of its own, so that what is left of its budget has to be the same too, twice; and after those before
 * it are forgotten, because several kinds have the same name.
 */
async function expectAlike(door: Door, guesses: readonly Guess[]): Promise<void> {
  const answers: { readonly kind: string; readonly first: string; readonly second: string }[] = [];
  for (const [index, guess] of guesses.entries()) {
    const address = `10.${doors.indexOf(door) + 1}.0.${index + 1}`;
    gateway?.clock.advance(dayMs);
    await useUp(door, guess);
    const first = await seen(door, guess, address);
    answers.push({ kind: guess.kind, first, second: await seen(door, guess, address) });
  }
  const [expected] = answers;
  expect(expected?.first).toMatch(new RegExp(door.expected.split(' ').join('[^]*')));
  expect(expected?.first).toContain('ratelimit-remaining\n19');
  expect(answers).toEqual(answers.map(({ kind }) => ({ ...expected, kind })));
}

function guess(kind: string, name: string, password = 'wrong-guess-1'): Guess {
  return { kind, name, password };
}

const wherever = [
  guess('unknown name', 'nobody-at-all'),
  guess('name of another domain', 'alice@elsewhere.example'),
  guess('name of another NetBIOS domain', 'ELSEWHERE\\alice'),
  guess('name with a control character', 'ali\u0001ce'),
  guess('name in the form of a filter', '*)(objectClass=*'),
  guess('name in the form of a DN', 'uid=alice,ou=people,dc=example,dc=org'),
  guess('long name', 'x'.repeat(200)),
  guess('password with a NUL', 'alice', 'wrong\u0000guess'),
];

describe('OpenLDAP', () => {
  let slapd: Slapd;

  beforeAll(async () => {
    slapd = await startSlapd();
    await slapd.modify(
      `dn: uid=without,ou=people,${slapd.baseDn}\nobjectClass: inetOrgPerson\nuid: without\ncn: without\nsn: without\n`,
    );
  });
  afterAll(() => slapd?.remove());

  const guesses = [
    ...wherever,
    guess('wrong password', people.alice.uid),
    guess('locked by an administrator, wrong password', people.locked.uid),
    guess('locked by an administrator, right password', people.locked.uid, people.locked.password),
    guess('expired, wrong password', policyPeople.expired.uid),
    guess('must change, wrong password', policyPeople.mustChange.uid),
    guess('about to be locked by guesses', policyPeople.lockMe.uid),
    guess('account without a password', 'without'),
  ];
  const byTemplate = {
    LDAP_BIND_MODE: 'template',
    LDAP_USER_DN_TEMPLATE: 'uid={username},ou=people,dc=example,dc=org',
  };

  describe('by template', () => {
    beforeAll(() => start({ STRATEGIES: 'ldap', ...slapd.variables, ...byTemplate }));

    it.each(doors)('answers every refusal alike: $title', (door) => expectAlike(door, guesses));
  });

  describe('by search', () => {
    const LDAP_DOMAIN = 'example.org';
    beforeAll(() => start({ STRATEGIES: 'ldap', LDAP_DOMAIN, ...slapd.variables, LDAP_URL: slapd.ldapsUrl }));

    it.each(doors)('answers every refusal alike: $title', (door) => expectAlike(door, guesses));

    it('answers every refusal alike: ping-directory by DN', () => expectAlike(dnDoor, dnGuesses()));
  });

  function dnGuesses(): Guess[] {
    return [
      guess('nobody’s DN', `uid=nobody,ou=people,${slapd.baseDn}`),
      guess('wrong password', people.alice.dn),
      guess('locked by an administrator, wrong password', people.locked.dn),
      guess('expired, wrong password', policyPeople.expired.dn),
      guess('an entry that is no person', `cn=engineers,ou=groups,${slapd.baseDn}`),
      guess('a service', slapd.bindDn),
      guess('a service, right password', slapd.bindDn, slapd.bindPassword),
      guess('below a place that is not there', `uid=alice,ou=nowhere,${slapd.baseDn}`),
      guess('outside of the base', 'uid=alice,ou=people,dc=example,dc=com'),
    ];
  }
});

describe('Active Directory', () => {
  let samba: SambaAd;

  beforeAll(async () => {
    samba = await startSambaAd();
  }, 180_000);
  afterAll(() => samba?.remove());

  const guesses = [
    ...wherever,
    guess('wrong password', domainUsers.alice.account),
    guess('disabled, wrong password', domainUsers.disabled.account),
    guess('account expired, wrong password', domainUsers.accountExpired.account),
    guess('password expired, wrong password', domainUsers.passwordExpired.account),
    guess('must change, wrong password', domainUsers.mustChange.account),
    guess('no logon at this hour, wrong password', domainUsers.hours.account),
    guess('about to be locked by guesses', domainUsers.lockMe.account),
  ];

  function startWith(more: Readonly<Record<string, string>>): Promise<void> {
    const { ldapsUrl, caFile, domain } = samba;
    const directory = { LDAP_URL: ldapsUrl, LDAP_TLS_CA_FILE: caFile, LDAP_DOMAIN: domain };
    return start({ STRATEGIES: 'ldap', ...directory, ...more });
  }

  describe('by search', () => {
    beforeAll(() => {
      const { account, password } = domainUsers.gateway;
      return startWith({ LDAP_BIND_DN: `${account}@${samba.domain}`, LDAP_BIND_PASSWORD: password });
    });

    it.each(doors)('answers every refusal alike: $title', (door) => expectAlike(door, guesses));
  });

  describe('by principal name', () => {
    beforeAll(() => startWith({}));

    it.each(doors)('answers every refusal alike: $title', (door) => expectAlike(door, guesses));
  });
});

const others = doors.filter(({ title }) => title !== 'native password change');

describe('a users file', () => {
  beforeAll(async () => {
    const path = join(temporaryFolder(), 'users.json');
    const passwordHash = await cheapHash('right-secret');
    const user = (username: string, more = {}) => ({
      ...{ id: randomUUID(), username, passwordHash, displayName: username, ...more },
    });
    const users = [user('alice'), user('barred', { disabled: true })];
    writeFileSync(path, JSON.stringify({ users }), { mode: 0o600 });
    await start({ STRATEGIES: 'file', USERS_FILE: path });
  });

  const [unknown, foreign] = wherever;
  const known = [guess('wrong password', 'alice'), guess('disabled, wrong password', 'barred')];
  const guesses = [unknown, foreign, ...known].filter((one) => one !== undefined);
  it.each(others)('answers every refusal alike: $title', (door) => expectAlike(door, guesses));
});

describe('a forwarding service', () => {
  let upstream: Upstream;

  beforeAll(async () => {
    upstream = await startUpstream();
    await start({ STRATEGIES: 'external', EXTERNAL_AUTH_URL: upstream.url });
  });
  afterAll(() => upstream?.stop());

  const guesses = [
    ...wherever,
    guess('wrong password', 'maria'),
    { ...guess('no tries left', 'maria', 'contraseña de maría'), usedUpAs: 'DOM\\maria' },
  ];
  it.each(others)('answers every refusal alike: $title', (door) => expectAlike(door, guesses));
});
