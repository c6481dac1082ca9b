import { EqualityFilter, type Filter, OrFilter } from 'ldapts';
import type { DirectoryEntry } from './directory-entry';

/** An attribute by which a server names an entry for good, whatever happens to its DN and login name. */
interface UniqueIdAttribute {
  readonly name: string;
  readonly binary: boolean;
  read(entry: DirectoryEntry): string | undefined;
  /** The value to search for, or undefined when the id cannot be one of this attribute's. */
  valueOf(id: string): string | Buffer | undefined;
}

const uuidLength = 16;
const uuidText = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const nsUniqueIdText = /^[0-9a-f]{8}(?:-[0-9a-f]{8}){3}$/i;

/** The first one that an entry has becomes the subject; the order must stay as it is, or people change identity. */
const uniqueIdAttributes: readonly UniqueIdAttribute[] = [
  binaryUuid('objectGUID', swapToGuidOrder),
  textId('entryUUID', uuidText),
  textId('nsUniqueId', nsUniqueIdText),
  textId('ipaUniqueID', uuidText),
  binaryUuid('GUID', (bytes) => bytes),
];

export const uniqueIdNames = uniqueIdAttributes.map(({ name }) => name);
/** These may happen to be valid UTF-8, so ldapts must be told that they are bytes. */
export const binaryAttributes = uniqueIdAttributes.filter(({ binary }) => binary).map(({ name }) => name);

/** The id of an entry in text form, lower case; undefined when the entry shows none. */
export function uniqueIdOf(entry: DirectoryEntry): string | undefined {
  for (const attribute of uniqueIdAttributes) {
    const id = attribute.read(entry);
    if (id !== undefined) return id;
  }
  return undefined;
}

/** Finds the entry with this id again; undefined for a text that no server gives as an id. */
export function uniqueIdFilter(id: string): Filter | undefined {
  const filters = uniqueIdAttributes.flatMap((attribute) => {
    const value = attribute.valueOf(id);
    return value === undefined ? [] : [new EqualityFilter({ attribute: attribute.name, value })];
  });
  // A server that does not know one of the attributes takes that part for Undefined and goes by the others (RFC 4511 4.5.1.7).
  return filters.length === 0 ? undefined : new OrFilter({ filters });
}

function textId(name: string, form: RegExp): UniqueIdAttribute {
  return {
    name,
    binary: false,
    read: (entry) => entry.text(name)?.toLowerCase(),
    valueOf: (id) => (form.test(id) ? id : undefined),
  };
}

function binaryUuid(name: string, reorder: (bytes: Buffer) => Buffer): UniqueIdAttribute {
  return {
    name,
    binary: true,
    read: (entry) => {
      const bytes = entry.bytes(name);
      return bytes?.length === uuidLength ? formatUuid(reorder(bytes)) : undefined;
    },
    valueOf: (id) => (uuidText.test(id) ? reorder(Buffer.from(id.replaceAll('-', ''), 'hex')) : undefined),
  };
}

/** Microsoft keeps the first three fields of a GUID little-endian (MS-DTYP 2.3.4.2); doing it twice gives the original. */
function swapToGuidOrder(bytes: Buffer): Buffer {
  const swapped = Buffer.from(bytes);
  swapped.subarray(0, 4).reverse();
  swapped.subarray(4, 6).reverse();
  swapped.subarray(6, 8).reverse();
  return swapped;
}

/** The text of a GUID as Active Directory keeps it; undefined for bytes that are none. */
export function guidText(bytes: Buffer): string | undefined {
  return bytes.length === uuidLength ? formatUuid(swapToGuidOrder(bytes)) : undefined;
}

function formatUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  const fields = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return fields.join('-');
}
