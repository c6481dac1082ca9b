import { ldif, type LdifEntry } from './ldif';
import { installedProgram, run } from './process';
import { type Slapd, startSlapd } from './slapd';

const peopleOfEachKind = 20;
export const costlyPassword = 'costly-secret';

/** Names of people, each kind of which a directory treats in a way of its own. */
export const costlyNames = {
  known: (index: number) => `known-${index % peopleOfEachKind}`,
  /** Disabled in the way of OpenLDAP's policy overlay: locked by an administrator, for ever. */
  disabled: (index: number) => `disabled-${index % peopleOfEachKind}`,
  unknown: (index: number) => `nobody-${index}`,
};

/** An OpenLDAP server whose passwords are costly to check, as they should be: ARGON2 with the defaults of slapd. */
export async function startCostlySlapd(): Promise<Slapd> {
  const slapd = await startSlapd({ modules: ['argon2'] });
  try {
    await slapd.modify(ldif(await costlyPeople(slapd.baseDn)));
  } catch (error) {
    await slapd.remove();
    throw error;
  }
  return slapd;
}

async function costlyPeople(baseDn: string): Promise<LdifEntry[]> {
  const options = ['-o', 'module-load=argon2', '-h', '{ARGON2}', '-s', costlyPassword];
  const userPassword = (await run(installedProgram('/usr/sbin/slappasswd'), options)).trim();
  const person = (uid: string, more: Readonly<Record<string, string>> = {}) => ({
    ...{ dn: `uid=${uid},ou=people,${baseDn}`, objectClass: 'inetOrgPerson' },
    ...{ uid, cn: uid, sn: uid, userPassword, ...more },
  });
  const barred = { pwdAccountLockedTime: '000001010000Z' };
  return Array.from({ length: peopleOfEachKind }, (_, index) => index).flatMap((index) => [
    person(costlyNames.known(index)),
    person(costlyNames.disabled(index), barred),
  ]);
}
