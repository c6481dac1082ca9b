import { createLogger } from '../common/logger';
import type { Settings } from '../config/settings';
import { looksUpPeople } from '../strategies/credential-strategy';
import { type Finding, ok } from '../strategies/doctor-step';
import { LdapStrategy } from '../strategies/ldap/ldap.strategy';

const setting = 'EXTERNAL_AUTH_SHADOW';

/** Whether the second source can serve as one; undefined when there is none. It is not connected to: its own steps do that. */
export async function judgeShadow(settings: Settings): Promise<Finding | undefined> {
  const { EXTERNAL_AUTH_SHADOW: name } = settings;
  if (name === undefined) return undefined;
  if (await isSearchable(name, settings)) {
    return ok(`people are looked up in ${name}, which has its own steps (--strategy ${name})`);
  }
  const detail = `${name} cannot look people up without their password: give it a service account`;
  return { status: 'fail', detail, setting };
}

async function isSearchable(name: string, { ldapDirectories }: Settings): Promise<boolean> {
  const settings = ldapDirectories[name];
  if (settings === undefined) return true;
  try {
    const ldap = new LdapStrategy({ name, settings, logger: createLogger('silent') });
    await ldap.close();
    return looksUpPeople(ldap);
  } catch {
    // Settings that cannot be used are the directory's own matter, and its first step names them.
    return true;
  }
}
