import type { LdifEntry } from './ldif';

export const baseDn = 'dc=example,dc=org';
export const peopleDn = `ou=people,${baseDn}`;
const policiesDn = `ou=policies,${baseDn}`;

/** Somebody in the test directory. The password is `<uid>-secret` unless it says otherwise. */
export interface TestPerson {
  readonly uid: string;
  readonly cn: string;
  readonly sn: string;
  readonly password: string;
  readonly dn: string;
}

export const people = {
  alice: person('alice', 'Alice Ångström', 'Ångström'),
  bob: person('bob', 'Bob Boss', 'Boss'),
  carol: person('carol', 'Smith, Carol (x)*\\', 'Smith'),
  juergen: person('jürgen', 'Jürgen Weiß', 'Weiß', 'pässwörd€漢'),
  weird: person('we,i+rd', 'We ird', 'Ird'),
  /** Locked by an administrator, for ever. */
  locked: person('locked', 'Lo Cked', 'Cked'),
};

/** People under a policy with ages, a history and a lock: apart, so that no state of theirs disturbs another test. */
export const policyPeople = {
  /** The password is too old, without grace logins. */
  expired: person('expired', 'Ex Pired', 'Pired'),
  /** The password is too old, with three grace logins. */
  grace: person('grace', 'Gra Ce', 'Ce'),
  /** The password will be too old in two days. */
  warn: person('warn', 'Wa Rn', 'Rn'),
  /** An administrator has reset the password. */
  mustChange: person('mustchange', 'Must Change', 'Change'),
  /** Three wrong passwords lock this one for two seconds. */
  lockMe: person('lockme', 'Lock Me', 'Me'),
  /** The password may not be changed before it is a day old. */
  tooYoung: person('tooyoung', 'Too Young', 'Young'),
  /** For tests that change passwords. */
  changer: person('changer', 'Chan Ger', 'Ger'),
  mustChanger: person('mustchanger', 'Must Changer', 'Changer'),
  graceChanger: person('gracechanger', 'Grace Changer', 'Changer'),
};

function person(uid: string, cn: string, sn: string, password = `${uid}-secret`): TestPerson {
  return { uid, cn, sn, password, dn: `uid=${uid.replace(/[,+]/g, '\\$&')},${peopleDn}` };
}

type State = Readonly<Record<string, string>>;

export function personEntries(): LdifEntry[] {
  const states = policyStates();
  return [...Object.values(people), ...Object.values(policyPeople)].map(
    ({ uid, cn, sn, password, dn }): LdifEntry => {
      const entry = { dn, objectClass: 'inetOrgPerson', uid, cn, sn, title: 'Engineer' };
      return { ...entry, userPassword: password, ...details[uid], ...states[uid] };
    },
  );
}

const details: Readonly<Record<string, State>> = {
  alice: {
    givenName: 'Alice',
    mail: 'alice@example.org',
    manager: people.bob.dn,
    employeeNumber: '1001',
  },
  locked: { pwdAccountLockedTime: '000001010000Z' },
};

/** slapadd may write operational attributes, so that nobody has to wait for a password to grow old. */
function policyStates(): Readonly<Record<string, State>> {
  const fresh = { pwdChangedTime: daysAgo(0), ...under('aging') };
  const old = { pwdChangedTime: daysAgo(100) };
  return {
    expired: { ...old, ...under('aging') },
    grace: { ...old, ...under('grace') },
    gracechanger: { ...old, ...under('grace') },
    warn: { pwdChangedTime: daysAgo(88), ...under('aging') },
    mustchange: { ...fresh, pwdReset: 'TRUE' },
    mustchanger: { ...fresh, pwdReset: 'TRUE' },
    lockme: fresh,
    changer: fresh,
    tooyoung: { ...fresh, ...under('keep-a-day') },
  };
}

/** `default` holds for people without a policy of their own and locks nobody; the others lock after three wrong passwords. */
export function policyDn(policy: 'default' | 'aging' | 'grace' | 'keep-a-day'): string {
  return `cn=${policy},${policiesDn}`;
}

function under(policy: Parameters<typeof policyDn>[0]): State {
  return { pwdPolicySubentry: policyDn(policy) };
}

function daysAgo(days: number): string {
  const time = new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString();
  return `${time.replace(/\D/g, '').slice(0, 14)}Z`;
}

export function policyEntries(): LdifEntry[] {
  return [
    policyEntry('default', { pwdLockout: 'TRUE' }),
    policyEntry('aging', agingPolicy),
    policyEntry('grace', { ...agingPolicy, pwdGraceAuthNLimit: '3' }),
    policyEntry('keep-a-day', { ...agingPolicy, pwdMinAge: '86400' }),
  ];
}

const agingPolicy: State = {
  pwdMinLength: '8',
  pwdCheckQuality: '2',
  pwdInHistory: '3',
  pwdMustChange: 'TRUE',
  pwdAllowUserChange: 'TRUE',
  pwdLockout: 'TRUE',
  pwdMaxFailure: '3',
  pwdFailureCountInterval: '60',
  pwdLockoutDuration: '2',
  pwdMaxAge: String(90 * 24 * 60 * 60),
  pwdExpireWarning: String(7 * 24 * 60 * 60),
};

function policyEntry(cn: Parameters<typeof policyDn>[0], rules: State): LdifEntry {
  const objectClass = ['device', 'pwdPolicy'];
  return { dn: policyDn(cn), objectClass, cn, pwdAttribute: 'userPassword', ...rules };
}
