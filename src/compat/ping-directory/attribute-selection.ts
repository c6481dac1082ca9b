import type { SourceEntry } from '../../strategies/credential-strategy';
import { longestAttribute, mostAttributes } from './attribute-names';
import { malformed } from './json-control';
import { RequestRefused } from './request-refused';

/** Which attributes of an entry a GET shows. */
export interface AttributeSelection {
  /** As in `returnUserAttributes`. */
  readonly names: readonly string[];
  /** The entry without what is excluded. */
  shown(entry: SourceEntry): SourceEntry;
}

const allUser = '*';
const allOperational = '_operationalAttributes';

/**
 * Reads `includeAttributes` and `excludeAttributes` of a query: names with commas between them, `*` for all user attributes and
 * `_operationalAttributes` for all operational ones. Without them it is `*`.
 * @throws RequestRefused protocolError for one name in both, adminLimitExceeded for too many
 */
export function attributeSelection(include: unknown, exclude: unknown): AttributeSelection {
  const included = include === undefined ? [allUser] : namesIn('includeAttributes', include);
  const excluded = exclude === undefined ? [] : namesIn('excludeAttributes', exclude);
  const left = new Set(excluded.map((name) => name.toLowerCase()));
  if (included.some((name) => left.has(name.toLowerCase()))) {
    throw malformed('an attribute is named both in includeAttributes and in excludeAttributes');
  }
  return {
    names: askedNames(included, excluded),
    shown: ({ dn, attributes }) => ({
      dn,
      attributes: Object.fromEntries(
        Object.entries(attributes).filter(
          ([name]) => !left.has(name.toLowerCase()) && !left.has(baseOf(name)),
        ),
      ),
    }),
  };
}

/** An alias that is excluded leaves of the names only the other alias: which kind a single name is, only the schema knows. */
function askedNames(included: readonly string[], excluded: readonly string[]): readonly string[] {
  const kept = excluded.includes(allUser)
    ? included.filter((name) => name === allOperational)
    : included.filter((name) => name !== allOperational || !excluded.includes(allOperational));
  return kept.map((name) => (name === allOperational ? '+' : name));
}

/** Without options such as `;lang-de`. */
function baseOf(name: string): string {
  return (name.split(';', 1)[0] ?? '').toLowerCase();
}

function namesIn(parameter: string, given: unknown): readonly string[] {
  const texts: unknown[] = [given].flat();
  if (!texts.every((text) => typeof text === 'string')) throw malformed(`${parameter} must be a text`);
  const names = texts.flatMap((text) => text.split(',')).map((name) => name.trim());
  if (names.length > mostAttributes) {
    throw new RequestRefused('adminLimitExceeded', `${parameter} holds more than ${mostAttributes} names`);
  }
  if (names.some((name) => name.length > longestAttribute)) {
    throw malformed(`${parameter} holds a name of more than ${longestAttribute} characters`);
  }
  return names.filter((name) => name !== '' && name !== '+');
}
