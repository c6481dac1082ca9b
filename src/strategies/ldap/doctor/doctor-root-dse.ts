import type { Client } from 'ldapts';
import { DirectoryEntry, toDirectoryEntry } from '../entry/directory-entry';
import { resultCodeOf } from '../connection/directory-failure';
import { type Finding, ok, warn } from '../../doctor-step';

export type Vendor = 'active-directory' | 'samba' | 'openldap' | '389-ds' | 'other';

const attributes = [
  'objectClass',
  'vendorName',
  'vendorVersion',
  'namingContexts',
  'defaultNamingContext',
  'supportedControl',
  'supportedExtension',
  'supportedCapabilities',
];

const vendorNames: Readonly<Record<Vendor, string>> = {
  'active-directory': 'Active Directory',
  samba: 'Samba Active Directory',
  openldap: 'OpenLDAP',
  '389-ds': '389 Directory Server',
  other: 'an unknown directory',
};

/** MS-ADTS 3.1.1.3.4.3.1: LDAP_CAP_ACTIVE_DIRECTORY_OID. */
const activeDirectoryCapability = '1.2.840.113556.1.4.800';
/** RFC 2696 and draft-behera-ldap-password-policy: what we use where it is there. */
const controls = new Map([
  ['paged results', '1.2.840.113556.1.4.319'],
  ['password policy', '1.3.6.1.4.1.42.2.27.8.5.1'],
]);

/** What the server says of itself (RFC 4512 section 5.1). Empty where it tells nobody. */
export async function readRootDse(client: Client): Promise<DirectoryEntry> {
  try {
    const { searchEntries } = await client.search('', { scope: 'base', attributes });
    const [entry] = searchEntries;
    return entry === undefined ? new DirectoryEntry('', {}) : toDirectoryEntry(entry);
  } catch (error) {
    if (resultCodeOf(error) === undefined) throw error;
    return new DirectoryEntry('', {});
  }
}

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

export async function judgeRootDse(client: Client): Promise<Finding> {
  const rootDse = await readRootDse(client);
  const supported = rootDse.texts('supportedControl');
  if (supported.length === 0) return warn('the server answers, but shows nobody what it is and supports');
  const known = [...controls].map(([name, oid]) => `${name} ${supported.includes(oid) ? 'yes' : 'no'}`);
  const detail = `${product(rootDse)}; ${known.join(', ')}; holds ${namingContexts(rootDse).join('; ') || 'nothing that it names'}`;
  const isPaged = supported.includes(controls.get('paged results') ?? '');
  return isPaged ? ok(detail) : warn(`${detail}; large groups may be more than it gives in one answer`);
}

function product(rootDse: DirectoryEntry): string {
  const vendor = vendorOf(rootDse);
  const told = [rootDse.text('vendorName'), rootDse.text('vendorVersion')].filter(
    (text) => text !== undefined,
  );
  const name = vendor === 'other' && told.length > 0 ? '' : vendorNames[vendor];
  return [name, told.length > 0 ? `(${told.join(' ')})` : ''].join(' ').trim().slice(0, 200);
}
