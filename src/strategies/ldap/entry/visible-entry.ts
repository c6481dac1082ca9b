import type { SourceEntry } from '../../credential-strategy';
import { binaryNames, isBinary, withoutRepeats } from './attributes';
import type { DirectoryEntry } from './directory-entry';
import { isoTimeOf } from './generalized-time';
import { isSecretName, isStoredPassword } from './secret-attributes';

/** Bounds on what one entry gives: a directory is trusted to be right, not to be small. */
const maxNames = 200;
const maxNameLength = 256;
const maxAttributes = 500;
const maxValues = 2000;
const maxBytes = 1_048_576;

/**
 * RFC 4511 section 4.5.1.8 without numeric OIDs: a server may show an attribute under the name that was asked for, and a secret
 * would go unrecognised.
 */
const askable = /^(?:[*+]|[a-z][a-z0-9-]*(?:;[a-z0-9-]+)*)$/i;

/** What to ask a server for. */
export interface AskedAttributes {
  readonly attributes: readonly string[];
  readonly binaryAttributes: readonly string[];
}

/** Those of the names that may be asked for: at most 200, none of a secret, none that is no name of an attribute. */
export function askedAttributes(names: readonly string[]): AskedAttributes {
  const wanted = names.filter(
    (name) => name.length <= maxNameLength && askable.test(name) && !isSecretName(name),
  );
  const attributes = withoutRepeats(wanted).slice(0, maxNames);
  return { attributes, binaryAttributes: withoutRepeats([...binaryNames, ...attributes.filter(isBinary)]) };
}

export interface VisibleEntry {
  readonly entry: SourceEntry;
  /** Attributes that are beyond the limits, for the log. Secrets are not named. */
  readonly leftOut: readonly string[];
}

/**
 * What of an entry may be seen outside: bytes as base64, points in time as ISO 8601. An attribute is there whole or not at all; one
 * with more than 2000 values is left out, and so is what does not fit into 1 MiB or 500 attributes together.
 */
export function visibleEntry(found: DirectoryEntry): VisibleEntry {
  const attributes: [string, readonly string[]][] = [];
  const leftOut: string[] = [];
  let bytesLeft = maxBytes;
  for (const name of found.names) {
    const values = valuesOf(found, name);
    if (isSecretName(name) || values.length === 0) continue;
    const bytes = name.length + values.reduce((sum, value) => sum + Buffer.byteLength(value), 0);
    if (values.length > maxValues || bytes > bytesLeft || attributes.length >= maxAttributes)
      leftOut.push(name);
    else {
      bytesLeft -= bytes;
      attributes.push([name, values]);
    }
  }
  return { entry: { dn: found.dn, attributes: Object.fromEntries(attributes) }, leftOut };
}

function valuesOf(entry: DirectoryEntry, name: string): readonly string[] {
  if (isBinary(name)) return entry.allBytes(name).map((bytes) => bytes.toString('base64'));
  return entry.all(name).flatMap((value) => {
    if (typeof value !== 'string') return [value.toString('base64')];
    return isStoredPassword(value) ? [] : [isoTimeOf(value) ?? value];
  });
}
