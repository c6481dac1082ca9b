import { authenticatesByDn, type Verdict } from '../src/strategies/credential-strategy';
import type { LdapStrategy } from '../src/strategies/ldap/ldap.strategy';
import { describeStrategyContract } from './contracts/strategy.contract';
import { jimBob, jimBobTree, robot } from './servers/jim-bob';
import { ldif } from './servers/ldif';
import { domainUsers, type SambaAd, startSambaAd } from './servers/samba-ad';
import { people, policyPeople, type Slapd, startSlapd } from './servers/slapd';
import { identityOf, ldapStrategy, login, refused, reread } from './support/ldap-logins';

const context = { requestId: 'request-1', address: '127.0.0.1' };
const noService = { LDAP_BIND_DN: undefined, LDAP_BIND_PASSWORD: undefined };

let slapd: Slapd;

beforeAll(async () => {
  slapd = await startSlapd({ furtherTree: jimBobTree });
});
afterAll(() => slapd?.remove());

type Variables = Record<string, string | undefined>;

/** Everybody below dc=example,dc=org. */
function strategy(env: Variables = {}, logLines: string[] = []): LdapStrategy {
  return ldapStrategy({ ...slapd.variables, ...env }, logLines);
}

const template = { ...noService, LDAP_USER_DN_TEMPLATE: 'uid={username},ou=people,dc=example,dc=org' };

async function byDn(ldap: LdapStrategy, dn: string, password: string): Promise<Verdict> {
  const verdict = await ldap.authenticateByDn({ username: dn, password, namedBy: 'dn' }, context);
  return verdict.accepted ? verdict : { accepted: false, reason: verdict.reason };
}

describe.each([
  ['by search', {}],
  ['by template', template],
])('a login by DN %s', (_way, env: Variables) => {
  it.each(Object.values(people).filter(({ uid }) => uid !== 'locked'))(
    'accepts $dn as the person who logs in by name',
    async ({ uid, dn, password }) => {
      const ldap = strategy(env);
      const identity = await identityOf(ldap, uid, password);
      for (const spelling of [
        dn,
        dn.toUpperCase(),
        dn.replace(/,(?=ou|dc)/g, ' , '),
        dn.replace('uid=', 'userid='),
      ]) {
        expect(await byDn(ldap, spelling, password)).toMatchObject({ accepted: true, identity });
      }
      expect(await byDn(ldap, dn, 'wrong')).toEqual(refused);
      expect(await byDn(ldap, dn, '')).toEqual(refused);
    },
  );

  it.each([
    ['nobody', 'uid=nobody,ou=people,dc=example,dc=org'],
    ['a container that is not there', 'uid=alice,ou=nowhere,dc=example,dc=org'],
    ['a container', 'ou=people,dc=example,dc=org'],
    ['an attribute that the schema does not have', 'nosuchtype=alice,ou=people,dc=example,dc=org'],
    ['the person below another base', jimBob.dn],
    ['no DN', 'alice'],
    ['a DN of Active Directory’s own kind', '<GUID=00000000000000000000000000000000>'],
    ['a semicolon', 'uid=alice;ou=people,dc=example,dc=org'],
    ['bytes', 'uid=#0405616c696365,ou=people,dc=example,dc=org'],
    ['the root DSE', ''],
  ])('refuses the DN of %s, without an outage', async (_case, dn) => {
    const ldap = strategy(env);
    expect(await byDn(ldap, dn, people.alice.password)).toEqual(refused);
    expect(await byDn(ldap, people.alice.dn, people.alice.password)).toMatchObject({ accepted: true });
  });

  it.each([
    ['a service', `cn=gateway,ou=services,dc=example,dc=org`, 'svc-secret'],
    ['the administrator, who has no entry', 'cn=admin,dc=example,dc=org', 'admin-secret'],
  ])('refuses %s, whose password is right but who could not log in by name', async (_case, dn, password) => {
    expect(await byDn(strategy(env), dn, password)).toEqual(refused);
  });

  it('refuses whom LDAP_USER_FILTER does not let in', async () => {
    const ldap = strategy({ ...env, LDAP_USER_FILTER: '(&(uid={username})(employeeNumber=*))' });
    expect(await byDn(ldap, people.alice.dn, people.alice.password)).toMatchObject({ accepted: true });
    expect(await byDn(ldap, people.bob.dn, people.bob.password)).toEqual(refused);
  });

  it('binds exactly once, and not at all outside of the base', async () => {
    const ldap = strategy(env);
    const { dn, password } = people.bob;
    const before = { bob: slapd.countBinds(dn), jim: slapd.countBinds(jimBob.dn) };
    for (const tried of ['wrong', password, 'wrong']) await byDn(ldap, dn, tried);
    await byDn(ldap, jimBob.dn, jimBob.password);
    expect(slapd.countBinds(dn)).toBe(before.bob + 3);
    expect(slapd.countBinds(jimBob.dn)).toBe(before.jim);
  });

  it('tells of the password what a login by name tells', async () => {
    const ldap = strategy(env);
    const { warn, expired, mustChange } = policyPeople;
    const warned = await byDn(ldap, warn.dn, warn.password);
    expect(warned).toMatchObject({ accepted: true, password: { mustChange: false } });
    expect(warned).toHaveProperty('password.secondsUntilExpiration');
    expect(await byDn(ldap, mustChange.dn, mustChange.password)).toMatchObject({
      reason: 'password_must_change',
    });
    const byName = await ldap.authenticate({ username: expired.uid, password: expired.password }, context);
    expect(await byDn(ldap, expired.dn, expired.password)).toEqual(
      byName.accepted ? byName : { accepted: false, reason: byName.reason },
    );
    expect(await byDn(ldap, people.locked.dn, people.locked.password)).toEqual(refused);
  });
});

describe('who could not log in by a name', () => {
  const namesake = 'uid=alice,ou=services,dc=example,dc=org';
  const password = 'canary-namesake';

  beforeAll(() =>
    slapd.modify(
      ldif([
        {
          dn: namesake,
          objectClass: 'inetOrgPerson',
          uid: 'alice',
          cn: 'A',
          sn: 'A',
          userPassword: password,
        },
        {
          ...{
            dn: 'cn=Outer,ou=services,dc=example,dc=org',
            objectClass: 'inetOrgPerson',
            cn: 'Outer',
            sn: 'O',
          },
          ...{ uid: 'ext-outer', mail: 'outer@corp.example', userPassword: password },
        },
      ]),
    ),
  );
  afterAll(() => slapd.modify(`dn: ${namesake}\nchangetype: delete\n`));

  it('is nobody whom the template cannot make, and is not even bound', async () => {
    const ldap = strategy({ ...template, LDAP_BASE_DN: 'dc=example,dc=org' });
    expect(await byDn(ldap, namesake, password)).toEqual(refused);
    expect(await byDn(ldap, 'cn=admin,dc=example,dc=org', 'admin-secret')).toEqual(refused);
    expect(slapd.countBinds(namesake)).toBe(0);
    expect(await byDn(ldap, people.alice.dn, people.alice.password)).toMatchObject({ accepted: true });
  });

  it('is whoever shares their name, by name and by DN', async () => {
    const logLines: string[] = [];
    const ldap = strategy({}, logLines);
    expect(await login(ldap, 'alice', people.alice.password)).toEqual(refused);
    expect(await byDn(ldap, people.alice.dn, people.alice.password)).toEqual(refused);
    expect(await byDn(ldap, namesake, password)).toEqual(refused);
    expect(logLines.join()).toContain('more than one entry');
  });

  it.each(['(uid=ext-{username})', '(mail={username}@corp.example)'])(
    'is who does not fit into the fixed parts of %s',
    async (LDAP_USER_FILTER) => {
      const ldap = strategy({ LDAP_USER_FILTER });
      const { dn, password: right } = people.alice;
      expect(await byDn(ldap, dn, right)).toEqual(refused);
      const outer = 'cn=Outer,ou=services,dc=example,dc=org';
      const identity = await identityOf(ldap, 'outer', password);
      expect(await byDn(ldap, outer, password)).toEqual({ accepted: true, identity });
      expect(await reread(ldap, identity)).toEqual(identity);
    },
  );
});

describe('a password change by DN', () => {
  it.each([
    ['by search', { LDAP_USER_FILTER: '(cn={username})' }, people.bob],
    ['by template', { ...template, ...service() }, people.carol],
  ])('%s goes by the entry alone', async (_way, env, { dn, password }) => {
    const ldap = strategy(env);
    const change = (username: string, from: string) =>
      ldap.changePassword({ username, password: from, namedBy: 'dn' }, 'new-canary-1', context);
    const wrong = { changed: false, reason: 'invalid_credentials' };
    expect(await change(dn, 'wrong')).toEqual(wrong);
    expect(await change('uid=nobody', password)).toEqual(wrong);
    expect(await change(jimBob.dn, jimBob.password)).toEqual(wrong);
    expect(await change(dn, password)).toMatchObject({ changed: true });
    const { LDAP_USER_FILTER: _, ...usual } = { LDAP_USER_FILTER: '', ...env };
    expect(await byDn(strategy(usual), dn, 'new-canary-1')).toMatchObject({ accepted: true });
  });

  function service(): Variables {
    return { LDAP_BIND_DN: 'cn=gateway,ou=services,dc=example,dc=org', LDAP_BIND_PASSWORD: 'svc-secret' };
  }
});

describe('Jim Bob', () => {
  const tree = { LDAP_BASE_DN: jimBobTree.baseDn };

  it('logs in by his DN as clients write it', async () => {
    const ldap = strategy(tree);
    expect(await byDn(ldap, jimBob.typedDn, jimBob.password)).toEqual({
      accepted: true,
      identity: await identityOf(ldap, jimBob.uid, jimBob.password),
    });
    expect(await byDn(ldap, robot.dn, robot.password)).toEqual(refused);
    expect(await byDn(ldap, people.alice.dn, people.alice.password)).toEqual(refused);
  });

  it('is one account by name and by DN, where the DN tells the name', () => {
    const ldap = strategy(tree);
    expect(ldap.ownDn('UID=JimBob, ou=people,dc=example,dc=com')).toEqual({
      key: 'uid=jimbob,ou=people,dc=example,dc=com',
      account: 'JimBob',
    });
    expect(ldap.ownDn(robot.dn)).toEqual({ key: 'cn=robot,ou=people,dc=example,dc=com' });
    expect(ldap.ownDn(people.alice.dn)).toBeUndefined();
    expect(ldap.ownDn('jimbob')).toBeUndefined();
    const byTemplate = strategy(template);
    expect(byTemplate.ownDn(people.weird.dn)).toMatchObject({ account: people.weird.uid });
    expect(byTemplate.ownDn('uid=alice,ou=elsewhere,dc=example,dc=org')).not.toHaveProperty('account');
  });
});

describeStrategyContract('LdapStrategy by search', async () => {
  const own = await startSlapd({ furtherTree: jimBobTree });
  const logLines: string[] = [];
  const ldap = ldapStrategy({ ...own.variables, LDAP_BASE_DN: jimBobTree.baseDn }, logLines);
  return {
    strategy: ldap,
    right: { username: jimBob.uid, password: jimBob.password },
    otherCase: 'JimBob',
    unknownName: 'nobody',
    dns: {
      own: jimBob.dn,
      otherSpelling: 'UserID = JIMBOB,ou=people,dc=example, DC=com',
      unknown: 'uid=nobody,ou=people,dc=example,dc=com',
      outside: people.alice.dn,
    },
    breakSource: () => own.stop(),
    log: () => logLines.join('\n'),
    stop: async () => {
      await ldap.close();
      await own.remove();
    },
  };
});

describe('a login by DN in Active Directory', () => {
  const { alice, juergen, gateway, disabled } = domainUsers;
  let samba: SambaAd;

  beforeAll(async () => {
    samba = await startSambaAd();
  }, 180_000);
  afterAll(() => samba?.remove());

  const directory = (env: Variables): LdapStrategy =>
    ldapStrategy({
      LDAP_URL: samba.ldapsUrl,
      LDAP_TLS_CA_FILE: samba.caFile,
      LDAP_DOMAIN: samba.domain,
      ...env,
    });

  it.each([
    ['search', { LDAP_BIND_DN: `${gateway.account}@ad.example.org`, LDAP_BIND_PASSWORD: gateway.password }],
    ['upn', {}],
    [
      'upn with a service account',
      {
        ...{ LDAP_BIND_MODE: 'upn', LDAP_BIND_DN: `${gateway.account}@ad.example.org` },
        LDAP_BIND_PASSWORD: gateway.password,
      },
    ],
  ])('accepts the person and refuses everybody else by %s', async (_mode, env) => {
    const ldap = directory(env);
    for (const { account, dn, password } of [alice, juergen]) {
      const identity = await identityOf(ldap, account, password);
      expect(await byDn(ldap, dn, password)).toMatchObject({ accepted: true, identity });
      expect(await byDn(ldap, dn.toLowerCase(), password)).toMatchObject({ accepted: true, identity });
      expect(await byDn(ldap, dn, 'wrong')).toEqual(refused);
    }
    const { objectGuid } = {
      objectGuid: (await identityOf(ldap, alice.account, alice.password)).subject.slice(5),
    };
    for (const dn of [
      'CN=nobody,OU=Staff,DC=ad,DC=example,DC=org',
      'OU=Staff,DC=ad,DC=example,DC=org',
      'foo=alice,DC=ad,DC=example,DC=org',
      'DC=child,DC=ad,DC=example,DC=org',
      ...['member', 'objectGUID', 'objectSid', 'whenCreated', 'userAccountControl', 'objectClass', 'sn'].map(
        (type) => `${type}=x,DC=ad,DC=example,DC=org`,
      ),
      `<GUID=${objectGuid}>`,
      `<GUID=${objectGuid}>,DC=ad,DC=example,DC=org`,
      'CN=alice,OU=Staff,DC=elsewhere,DC=org',
    ]) {
      expect(await byDn(ldap, dn, alice.password)).toEqual(refused);
    }
    expect(await byDn(ldap, disabled.dn, disabled.password)).toEqual({
      accepted: false,
      reason: 'account_disabled',
    });
    expect(authenticatesByDn(ldap)).toBe(true);
    expect(ldap.ownDn(alice.dn)).toEqual({ key: 'cn=alice,ou=staff,dc=ad,dc=example,dc=org' });
  });
});
