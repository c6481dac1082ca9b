import { EqualityFilter, PresenceFilter } from 'ldapts';
import { StrategyUnavailable } from '../../credential-strategy';
import type { Deadline } from '../../outbound/deadline';
import { resultCodeOf } from '../connection/directory-failure';
import type { DirectoryReader, SearchRequest } from '../connection/search-request';
import { TruncatedAnswer } from '../connection/truncated-answer';
import { DirectoryEntry } from '../entry/directory-entry';
import { rootDseAttributes, treeOf, vendorOf } from '../entry/root-dse';
import {
  anyPolicyAttributes,
  domainPolicy,
  domainPolicyAttributes,
  type LockoutPolicy,
  netscapePolicy,
  netscapePolicyAttributes,
  policyOf,
  subentryPolicy,
  subentryPolicyAttributes,
} from './lockout-policy';

const mostPolicies = 50;
/** timeLimitExceeded, busy, unavailable and other (RFC 4511 appendix A.2): they say nothing of what may be seen. */
const passingResults: readonly number[] = [3, 51, 52, 80];
const anyEntry = new PresenceFilter({ attribute: 'objectClass' });

/** Where the policy of people without one of their own is. */
export interface GeneralPolicyPlace {
  /** Where people are, so that the right tree of several is looked at. */
  readonly peopleDn: string;
  /** The policy itself, where an operator has named it. */
  readonly defaultPolicyDn?: string | undefined;
}

/**
 * The policies that hold for people without one of their own, as far as this reader may see them: the one that is named; without a
 * name, or where that one may not be seen, the domain's in Active Directory, `cn=config` in 389 Directory Server, and elsewhere every
 * policy of the tree, since no server says which of them is the default.
 * @throws what the reader throws when the directory gave no answer; a refusal to show something is an answer
 */
export async function readGeneralPolicies(
  reader: DirectoryReader,
  { peopleDn, defaultPolicyDn }: GeneralPolicyPlace,
  deadline: Deadline,
): Promise<readonly LockoutPolicy[]> {
  const named =
    defaultPolicyDn === undefined ? undefined : await readPolicyAt(reader, defaultPolicyDn, deadline);
  return named ? [named] : serverPolicies(reader, peopleDn, deadline);
}

async function serverPolicies(
  reader: DirectoryReader,
  peopleDn: string,
  deadline: Deadline,
): Promise<readonly LockoutPolicy[]> {
  const rootDse = (await entryAt(reader, { dn: '', attributes: rootDseAttributes }, deadline)) ?? nothing;
  const tree = treeOf(rootDse, peopleDn);
  switch (vendorOf(rootDse)) {
    case 'active-directory':
    case 'samba':
      return only(domainPolicy(await attributesAt(reader, tree, domainPolicyAttributes, deadline)));
    case '389-ds':
      return only(
        netscapePolicy(await attributesAt(reader, 'cn=config', netscapePolicyAttributes, deadline)),
      );
    default:
      return subentryPolicies(reader, tree, deadline);
  }
}

/**
 * The policy that an entry is.
 * @returns undefined where there is none, or where this reader may not see when it locks
 * @throws as `readGeneralPolicies`
 */
export async function readPolicyAt(
  reader: DirectoryReader,
  dn: string,
  deadline: Deadline,
): Promise<LockoutPolicy | undefined> {
  return policyOf(await attributesAt(reader, dn, anyPolicyAttributes, deadline));
}

const nothing = new DirectoryEntry('', {});

async function subentryPolicies(
  reader: DirectoryReader,
  baseDn: string,
  deadline: Deadline,
): Promise<readonly LockoutPolicy[]> {
  const filter = new EqualityFilter({ attribute: 'objectClass', value: 'pwdPolicy' });
  const place = { baseDn, scope: 'sub', filter, maxEntries: mostPolicies } as const;
  const entries = await shown(reader, { ...place, attributes: subentryPolicyAttributes }, deadline);
  return entries.map(subentryPolicy);
}

function only(policy: LockoutPolicy | undefined): readonly LockoutPolicy[] {
  return policy ? [policy] : [];
}

async function attributesAt(
  reader: DirectoryReader,
  dn: string,
  attributes: readonly string[],
  deadline: Deadline,
): Promise<DirectoryEntry> {
  return (await entryAt(reader, { dn, attributes }, deadline)) ?? nothing;
}

async function entryAt(
  reader: DirectoryReader,
  { dn, attributes }: { readonly dn: string; readonly attributes: readonly string[] },
  deadline: Deadline,
): Promise<DirectoryEntry | undefined> {
  const place = { baseDn: dn, scope: 'base', filter: anyEntry, maxEntries: 1 } as const;
  return (await shown(reader, { ...place, attributes }, deadline))[0];
}

async function shown(
  reader: DirectoryReader,
  request: SearchRequest,
  deadline: Deadline,
): Promise<readonly DirectoryEntry[]> {
  try {
    return await reader.search(request, deadline);
  } catch (error) {
    const cause = error instanceof StrategyUnavailable ? error.cause : error;
    const result = resultCodeOf(cause);
    const isAnswer =
      result === undefined ? cause instanceof TruncatedAnswer : !passingResults.includes(result);
    if (!isAnswer) throw error;
    return [];
  }
}
