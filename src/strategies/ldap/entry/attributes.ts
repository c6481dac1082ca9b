import type { LdapSettings } from '../../../config/ldap-settings';
import { reservedClaims } from '../../identity';
import type { DirectoryEntry } from './directory-entry';
import { sidText } from './sid';
import { guidText } from './unique-id';

/** Bounds on what one entry can put into a session: a directory is trusted to be right, not to be small. */
const maxValues = 2000;
const maxValueLength = 1024;
/** No claim can have more: the largest ACCESS_TOKEN_GROUPS_MAX_BYTES. */
const maxClaimBytes = 65536;

const usualAttributes = ['userPrincipalName', 'title', 'manager', 'memberOf', 'employeeNumber'];
/** RFC 4512 section 2.5, options such as `;binary` included. */
const attributeName = /^[a-z0-9][a-z0-9.-]*(?:;[a-z0-9-]+)*$/i;
const claimName = /^[a-z][!#-[\]-~]{0,99}$/i;

/** Octet strings. Some of their values happen to be valid UTF-8, so that only the name tells that they are no text. */
export const binaryNames: readonly string[] = [
  ...[
    'objectGUID',
    'GUID',
    'objectSid',
    'sIDHistory',
    'tokenGroups',
    'mS-DS-ConsistencyGuid',
    'msExchMailboxGuid',
  ],
  ...['thumbnailPhoto', 'thumbnailLogo', 'jpegPhoto', 'photo', 'audio', 'logonHours'],
  ...['userCertificate', 'userSMIMECertificate', 'cACertificate', 'userPKCS12'],
];
const guidNames = new Set(['objectguid', 'ms-ds-consistencyguid', 'msexchmailboxguid']);
const sidNames = new Set(['objectsid', 'sidhistory', 'tokengroups']);

/** Which attributes an identity takes along. */
export interface AttributeOptions {
  readonly names: readonly string[];
  /** Claim to attribute. */
  readonly claims: ReadonlyMap<string, string>;
}

/** @throws Error that names the setting that cannot be used. */
export function attributeOptions(
  settings: Pick<LdapSettings, 'LDAP_ATTRIBUTES' | 'LDAP_CLAIMS'>,
): AttributeOptions {
  const names = settings.LDAP_ATTRIBUTES.length > 0 ? settings.LDAP_ATTRIBUTES : usualAttributes;
  if (!names.every((name) => attributeName.test(name))) {
    throw new Error('LDAP_ATTRIBUTES must hold names of attributes');
  }
  return { names: withoutRepeats(names), claims: claimMapping(settings.LDAP_CLAIMS) };
}

/** Those of the attributes that must be read as bytes. */
export function binaryAmong(attributes: readonly string[]): readonly string[] {
  return attributes.filter(isBinary);
}

/** Values by name, and the names of those that are too large. An attribute is there whole or not at all. */
export interface ReadAttributes {
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly claims: Readonly<Record<string, string | readonly string[]>>;
  /** For the log: attributes, and claims as `claim (attribute)`. */
  readonly leftOut: readonly string[];
}

export function readAttributes(entry: DirectoryEntry, { names, claims }: AttributeOptions): ReadAttributes {
  const attributes = names.map((name) => ({ name, label: name, values: valuesOf(entry, name) }));
  const claimed = [...claims].map(([name, attribute]) => ({
    name,
    label: `${name} (${attribute})`,
    values: valuesOf(entry, attribute),
  }));
  const leftOut = [
    ...attributes.filter(({ values }) => isTooLarge(values)),
    ...claimed.filter(({ values }) => isTooLargeForClaim(values)),
  ];
  const gone = new Set(leftOut);
  const kept = <T extends (typeof attributes)[number]>(list: readonly T[]) =>
    list.filter((one) => one.values.length > 0 && !gone.has(one));
  return {
    attributes: Object.fromEntries(kept(attributes).map(({ name, values }) => [name, values])),
    claims: Object.fromEntries(kept(claimed).map(({ name, values }) => [name, oneOrAll(values)])),
    leftOut: leftOut.map(({ label }) => label),
  };
}

/** Text as it is, bytes as base64, and the identifiers of Active Directory as Windows writes them. */
function valuesOf(entry: DirectoryEntry, name: string): readonly string[] {
  const plain = withoutOptions(name);
  if (guidNames.has(plain))
    return entry.allBytes(name).map((bytes) => guidText(bytes) ?? bytes.toString('base64'));
  if (sidNames.has(plain))
    return entry.allBytes(name).map((bytes) => sidText(bytes) ?? bytes.toString('base64'));
  if (isBinary(name)) return entry.allBytes(name).map((bytes) => bytes.toString('base64'));
  return entry.all(name).map((value) => (typeof value === 'string' ? value : value.toString('base64')));
}

function isTooLarge(values: readonly string[]): boolean {
  return values.length > maxValues || values.some((value) => value.length > maxValueLength);
}

function isTooLargeForClaim(values: readonly string[]): boolean {
  return Buffer.byteLength(JSON.stringify(values)) > maxClaimBytes;
}

function oneOrAll(values: readonly string[]): string | readonly string[] {
  const [only] = values;
  return only !== undefined && values.length === 1 ? only : values;
}

function claimMapping(given: LdapSettings['LDAP_CLAIMS']): ReadonlyMap<string, string> {
  const mapping = new Map<string, string>();
  for (const [claim, attribute] of Object.entries(given)) {
    if (!claimName.test(claim)) throw new Error(`LDAP_CLAIMS: ${JSON.stringify(claim)} cannot name a claim`);
    if (reservedClaims.has(claim))
      throw new Error(`LDAP_CLAIMS cannot set the claim ${claim}: the gateway gives it itself`);
    if (typeof attribute !== 'string' || !attributeName.test(attribute)) {
      throw new Error(`LDAP_CLAIMS must give the claim ${claim} the name of an attribute`);
    }
    mapping.set(claim, attribute);
  }
  return mapping;
}

/** Whether an attribute holds bytes, also where they happen to be valid UTF-8. */
export function isBinary(name: string): boolean {
  const plain = withoutOptions(name);
  return /;binary(;|$)/i.test(name) || binaryNames.some((known) => known.toLowerCase() === plain);
}

/** The name of an attribute in lower case, without options such as `;binary`. */
export function withoutOptions(name: string): string {
  return name.toLowerCase().replace(/;.*$/, '');
}

/** Each name once, in the spelling that comes first; attribute names count without regard to case. */
export function withoutRepeats(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.size < seen.add(name.toLowerCase()).size);
}
