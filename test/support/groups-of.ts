import { loadSettings } from '../../src/config/load-settings';
import { Deadline } from '../../src/strategies/outbound/deadline';
import { identityAttributes } from '../../src/strategies/ldap/entry/entry-identity';
import { groupOptions } from '../../src/strategies/ldap/groups/group-options';
import type { Group } from '../../src/strategies/ldap/groups/group-set';
import { groupsOf } from '../../src/strategies/ldap/groups/groups';
import type { TestReader } from './directory-reader';

type Variables = Readonly<Record<string, string>>;

/** A directory, and where the people and groups in it are. */
export interface Place {
  readonly reader: TestReader;
  readonly baseDn: string;
}

/** The groups of the entry with this DN, as a strategy with these settings would find them. */
export async function find(
  { reader, baseDn }: Place,
  dn: string,
  variables: Variables = {},
): Promise<readonly Group[]> {
  const { settings } = loadSettings({ LDAP_BASE_DN: baseDn, ...variables });
  const entry = await reader.entry(dn, identityAttributes(settings).attributes);
  return groupsOf(entry, reader, groupOptions(settings), Deadline.in(10_000));
}

/** Their names, sorted. */
export async function namesOf(place: Place, dn: string, variables: Variables = {}): Promise<string[]> {
  return (await find(place, dn, variables)).map(({ name }) => name).sort();
}
