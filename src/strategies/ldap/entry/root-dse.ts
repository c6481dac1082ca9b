import { isWithin } from '../../../common/distinguished-name';
import type { DirectoryEntry } from './directory-entry';

/** Whose software a server is, as far as it matters for what it stores where. */
export type Vendor = 'active-directory' | 'samba' | 'openldap' | '389-ds' | 'other';

/** LDAP_CAP_ACTIVE_DIRECTORY_OID in `supportedCapabilities` (MS-ADTS section 3.1.1.3.4.3.1). */
export const activeDirectoryCapability = '1.2.840.113556.1.4.800';

/** What `vendorOf` and `namingContexts` need of the root DSE (RFC 4512 section 5.1). */
export const rootDseAttributes: readonly string[] = [
  'objectClass',
  'vendorName',
  'supportedCapabilities',
  'namingContexts',
  'defaultNamingContext',
];

export function vendorOf(rootDse: DirectoryEntry): Vendor {
  const name = rootDse.text('vendorName') ?? '';
  if (/^samba/i.test(name)) return 'samba';
  if (rootDse.texts('supportedCapabilities').includes(activeDirectoryCapability)) return 'active-directory';
  if (/389 project|fedora project/i.test(name)) return '389-ds';
  return rootDse.texts('objectClass').includes('OpenLDAProotDSE') ? 'openldap' : 'other';
}

/** Where the directory's tree begins, so that a wrong base can be put right. */
export function namingContexts(rootDse: DirectoryEntry): readonly string[] {
  const preferred = rootDse.text('defaultNamingContext');
  return preferred === undefined ? rootDse.texts('namingContexts') : [preferred];
}

/** The tree in which a DN lies; the DN itself where the server names none. */
export function treeOf(rootDse: DirectoryEntry, dn: string): string {
  const contexts = namingContexts(rootDse);
  return contexts.find((context) => isWithin(dn, context)) ?? contexts[0] ?? dn;
}
