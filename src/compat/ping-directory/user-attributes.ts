import { escapedRdnValue, parseDn } from '../../common/distinguished-name';
import type { SourceEntry } from '../../strategies/credential-strategy';
import type { Identity } from '../../strategies/identity';

/** `userAttributes` of an answer: an array for every attribute, also where there is one value, as in the API's own example. */
export function userAttributes({
  dn,
  attributes,
}: SourceEntry): Readonly<Record<string, string | readonly string[]>> {
  return { _dn: dn, ...attributes };
}

/**
 * An entry for somebody whose source has none, made of what their identity says. Its DN, `uid=<name>,ou=<strategy>`, is one person's
 * for good as long as the name is; `identityName` reads it.
 * @param dn where it is known from elsewhere, such as a login by it
 * @param names as in `returnUserAttributes`; `*` gives all but `entryDN`, which `+` gives
 */
export function identityEntry(
  identity: Identity,
  names: readonly string[],
  dn = identityDn(identity),
): SourceEntry {
  const user = valuesOf(identity);
  const operational = { entryDN: [dn] };
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const picked = (values: Record<string, readonly string[]>, all: string) =>
    Object.entries(values).filter(
      ([name, list]) => list.length > 0 && (wanted.has(all) || wanted.has(name.toLowerCase())),
    );
  return { dn, attributes: Object.fromEntries([...picked(user, '*'), ...picked(operational, '+')]) };
}

/** The DN that stands for somebody whose source has no DNs. */
export function identityDn({ username, strategy }: Pick<Identity, 'username' | 'strategy'>): string {
  return `uid=${escapedRdnValue(username)},ou=${escapedRdnValue(strategy)}`;
}

/** The login name and the strategy in a DN that `identityDn` may have made; undefined for every other one. */
export function identityName(
  dn: string,
): { readonly username: string; readonly strategy: string } | undefined {
  const read = parseDn(dn);
  // Written anew, so that no comma is left that does not separate.
  const strategy = parseDn(read?.text.split(',')[1] ?? '')?.name;
  if (read?.name?.type !== 'uid' || strategy?.type !== 'ou') return undefined;
  const named = { username: read.name.value, strategy: strategy.value };
  return parseDn(identityDn(named))?.key === read.key ? named : undefined;
}

function valuesOf(identity: Identity): Record<string, readonly string[]> {
  const { username, displayName, givenName, familyName, email, groups } = identity;
  const one = (value: string | undefined) => (value === undefined ? [] : [value]);
  return {
    ...identity.attributes,
    objectClass: ['top', 'person', 'organizationalPerson', 'inetOrgPerson'],
    uid: [username],
    cn: one(displayName ?? username),
    sn: one(familyName),
    givenName: one(givenName),
    displayName: one(displayName),
    mail: one(email),
    isMemberOf: groups,
  };
}
