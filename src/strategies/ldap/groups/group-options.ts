import type { LdapSettings } from '../../../config/ldap-settings';
import { FilterTemplate } from '../entry/filter-template';

type GroupSettings = Pick<
  LdapSettings,
  | 'LDAP_BASE_DN'
  | 'LDAP_DOMAIN'
  | 'LDAP_GROUP_MODE'
  | 'LDAP_GROUP_NESTED'
  | 'LDAP_GROUP_BASE_DN'
  | 'LDAP_GROUP_FILTER'
  | 'LDAP_GROUP_NAME_ATTRIBUTE'
  | 'LDAP_GROUP_MAX_DEPTH'
  | 'LDAP_GROUP_MAX'
  | 'LDAP_GROUP_TIMEOUT_MS'
>;

export type GroupFilter = FilterTemplate<'dn' | 'username'>;

/** How the groups of a person are found, and how many of them at most. */
export interface GroupOptions {
  readonly mode: LdapSettings['LDAP_GROUP_MODE'];
  /** Whether `memberof` and `search` follow groups in groups; the other modes always have them. */
  readonly nested: boolean;
  /** Searches find groups below this only; nesting is followed below it only. */
  readonly baseDn: string;
  /** Whether LDAP_GROUP_BASE_DN says so, and it is no guess. */
  readonly isBaseChosen: boolean;
  readonly filter: GroupFilter;
  /** `dn` takes the whole DN for the name. */
  readonly nameAttribute: string;
  readonly maxDepth: number;
  readonly maxGroups: number;
  readonly timeoutMs: number;
}

/** @throws Error that names the setting that cannot be used. */
export function groupOptions(settings: GroupSettings): GroupOptions {
  const nameAttribute = settings.LDAP_GROUP_NAME_ATTRIBUTE.trim();
  if (!/^[a-z][a-z0-9-]*$/i.test(nameAttribute)) {
    throw new Error('LDAP_GROUP_NAME_ATTRIBUTE must be the name of an attribute, or dn');
  }
  return {
    mode: settings.LDAP_GROUP_MODE,
    nested: settings.LDAP_GROUP_NESTED,
    baseDn: groupBaseDn(settings),
    isBaseChosen: settings.LDAP_GROUP_BASE_DN !== undefined,
    filter: new FilterTemplate('LDAP_GROUP_FILTER', settings.LDAP_GROUP_FILTER, ['dn', 'username']),
    nameAttribute,
    maxDepth: settings.LDAP_GROUP_MAX_DEPTH,
    maxGroups: settings.LDAP_GROUP_MAX,
    timeoutMs: settings.LDAP_GROUP_TIMEOUT_MS,
  };
}

/** Whether the person's own entry must be read with `memberOf`. */
export function readsMemberOf({ mode }: Pick<GroupOptions, 'mode'>): boolean {
  return mode === 'memberof';
}

function groupBaseDn(settings: GroupSettings): string {
  const baseDn = settings.LDAP_GROUP_BASE_DN ?? settings.LDAP_BASE_DN ?? domainDn(settings.LDAP_DOMAIN);
  if (baseDn !== undefined) return baseDn;
  // Logins by LDAP_USER_DN_TEMPLATE need no base themselves.
  if (searches(settings)) throw new Error('LDAP_GROUP_BASE_DN is needed to find groups (or LDAP_BASE_DN)');
  return '';
}

/** `memberOf` holds what is wanted, as long as the names are in the DNs and nesting does not count. */
function searches(settings: GroupSettings): boolean {
  if (settings.LDAP_GROUP_MODE !== 'memberof') return settings.LDAP_GROUP_MODE !== 'none';
  return settings.LDAP_GROUP_NESTED || !/^(cn|dn)$/i.test(settings.LDAP_GROUP_NAME_ATTRIBUTE);
}

/** RFC 2247 section 2: each label of a DNS name is one DC part. */
function domainDn(domain: string | undefined): string | undefined {
  return domain
    ?.split('.')
    .map((label) => `DC=${label}`)
    .join(',');
}
