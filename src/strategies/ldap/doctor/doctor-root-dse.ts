import type { Client } from 'ldapts';
import { DirectoryEntry, toDirectoryEntry } from '../entry/directory-entry';
import { namingContexts, rootDseAttributes, type Vendor, vendorOf } from '../entry/root-dse';
import { resultCodeOf } from '../connection/directory-failure';
import { type Finding, ok, warn } from '../../doctor-step';

const attributes = [...rootDseAttributes, 'vendorVersion', 'supportedControl', 'supportedExtension'];

const vendorNames: Readonly<Record<Vendor, string>> = {
  'active-directory': 'Active Directory',
  samba: 'Samba Active Directory',
  openldap: 'OpenLDAP',
  '389-ds': '389 Directory Server',
  other: 'an unknown directory',
};

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
