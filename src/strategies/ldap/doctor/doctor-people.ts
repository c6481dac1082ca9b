import { type Client, PresenceFilter } from 'ldapts';
import type { Identity } from '../../identity';
import { accountState } from '../entry/account-state';
import { completedNotice } from '../entry/password-expiry';
import { Deadline } from '../../outbound/deadline';
import type { DirectoryEntry } from '../entry/directory-entry';
import { describeFailure, resultCodeOf, settingFor } from '../connection/directory-failure';
import type { Plan } from './doctor-plan';
import { readRootDse } from './doctor-root-dse';
import { namingContexts } from '../entry/root-dse';
import { type Finding, ok, type Outcome, StepFault, warn } from '../../doctor-step';
import { entryIdentity } from '../entry/entry-identity';
import type { Group } from '../groups/group-set';
import { groupsOf } from '../groups/groups';
import { rolesOf } from '../groups/roles';
import type { DirectoryReader, SearchRequest } from '../connection/search-request';
import { TruncatedAnswer } from '../connection/truncated-answer';
import { PeopleSearch } from '../people-search';
import { ownName } from '../typed-name';
import type { OwnName } from '../../credential-strategy';
import { bindUser } from '../bind/user-bind';
import { searchWhole } from '../connection/whole-search';

/** Slower than this for one person, and an index is missing or the directory is far away. */
const slowSearchMs = 1000;
const longestList = 10;
const anyEntry = new PresenceFilter({ attribute: 'objectClass' });

/** What was learnt of the person. */
export interface Person {
  readonly entry: DirectoryEntry;
  readonly account: string;
}

/** Binds as the service account. @throws StepFault with the directory's reason */
export async function bindAsService(client: Client, { searcher }: Plan): Promise<Outcome<true>> {
  if (searcher.kind !== 'account') return { finding: ok('searches are anonymous'), value: true };
  const { name, password } = searcher.account;
  const outcome = await asked('the bind of the service account', () => bindUser(client, name, password));
  if (!outcome.accepted) {
    const reason = outcome.reason.replaceAll('_', ' ');
    throw new StepFault(`the directory refuses the service account ${name}: ${reason}`, 'LDAP_BIND_PASSWORD');
  }
  if (!outcome.notice.mustChange) return { finding: ok(`bound as ${name}`), value: true };
  throw new StepFault(`the service account ${name} must change its password first`, 'LDAP_BIND_PASSWORD');
}

/** Whether people can be searched where they should be. */
export async function findBase(client: Client, plan: Plan): Promise<Outcome<true>> {
  const { baseDn } = plan.options.people;
  const request: SearchRequest = { baseDn, scope: 'base', filter: anyEntry, attributes: [], maxEntries: 1 };
  try {
    const { entries } = await searchWhole(
      client,
      request,
      deadlineOf(plan),
      plan.settings.LDAP_OPERATION_TIMEOUT_MS,
    );
    if (entries.length > 0) return { finding: ok(`${baseDn} is there and can be read`), value: true };
  } catch (error) {
    const result = resultCodeOf(error);
    if (result !== 32 && result !== 10) throw faultOf(error, 'the search for the base');
  }
  if (plan.options.directory.serviceAccount === undefined && plan.options.bind.mode === 'search') {
    const words = `${baseDn} does not exist, or may not be read without a service account: searches are anonymous`;
    throw new StepFault(words, 'LDAP_BIND_DN');
  }
  const contexts = namingContexts(await readRootDse(client)).join('; ');
  const hint = contexts === '' ? '' : `; the server holds ${contexts}`;
  throw new StepFault(
    `${baseDn} does not exist, or the searching account may not read it${hint}`,
    'LDAP_BASE_DN',
  );
}

/** Finds the person; without one it only shows that the filter can be run. */
export async function findPerson(
  reader: DirectoryReader,
  plan: Plan,
  user: string | undefined,
): Promise<Outcome<Person>> {
  const { people } = plan.options;
  const name = nameOf(plan, user ?? 'no-such-person-gatehouse-doctor');
  const startMs = performance.now();
  const found = await lookFor(reader, plan, name);
  const tookMs = performance.now() - startMs;
  const slow = tookMs > slowSearchMs ? 'slow: are the attributes of LDAP_USER_FILTER indexed?' : undefined;
  if (user === undefined) {
    const detail = 'LDAP_USER_FILTER can be run; give --user NAME to try a person';
    return { finding: slow === undefined ? ok(detail) : warn(`${detail}; ${slow}`, 'LDAP_USER_FILTER') };
  }
  if (found === undefined) {
    throw new StepFault(
      `nobody below ${people.baseDn} is found for the name ${quoted(name.account)}`,
      'LDAP_USER_FILTER',
    );
  }
  return { finding: judgePerson(found, slow), value: { entry: found, account: name.account } };
}

export async function findGroups(
  reader: DirectoryReader,
  plan: Plan,
  { entry }: Person,
): Promise<Outcome<readonly Group[]>> {
  if (plan.groups.mode === 'none') return { finding: ok('LDAP_GROUP_MODE is none'), value: [] };
  const groups = await asked('the search for groups', () =>
    groupsOf(entry, reader, plan.groups, deadlineOf(plan)),
  ).catch((error: unknown) => {
    throw withGroupBase(error, plan);
  });
  const names = groups.slice(0, longestList).map(({ name }) => name);
  const more = groups.length > names.length ? ` and ${groups.length - names.length} more` : '';
  if (groups.length === 0) return { finding: warn('no groups are found', 'LDAP_GROUP_MODE'), value: groups };
  return { finding: ok(`${groups.length}: ${names.join(', ')}${more}`), value: groups };
}

/** The base that is missing is the groups' own, where they have one. */
function withGroupBase(error: unknown, { settings }: Plan): unknown {
  const base = settings.LDAP_GROUP_BASE_DN;
  if (base === undefined || !(error instanceof StepFault) || error.setting !== 'LDAP_BASE_DN') return error;
  return new StepFault(`${base} does not exist, or may not be read`, 'LDAP_GROUP_BASE_DN');
}

/** Who the person would be for us. @throws NoUniqueId */
export function identify(
  strategy: string,
  plan: Plan,
  { entry, account }: Person,
  groups: readonly Group[],
): Outcome<Identity> {
  const parts = {
    strategy,
    typedName: account,
    groups,
    roles: rolesOf(groups, plan.roles),
    attributes: plan.attributes,
  };
  const { identity, leftOut } = entryIdentity(entry, parts);
  const detail = `the subject is ${identity.subject}`;
  if (leftOut.length === 0) return { finding: ok(detail), value: identity };
  const finding = warn(
    `${detail}; too large for a session and left out: ${leftOut.join(', ')}`,
    'LDAP_ATTRIBUTES',
  );
  return { finding, value: identity };
}

/** Searches on one connection, for whoever wants a reader. */
export function readerOn(client: Client, plan: Plan): DirectoryReader {
  return {
    search: async (request, deadline) =>
      (await searchWhole(client, request, deadline, plan.settings.LDAP_OPERATION_TIMEOUT_MS)).entries,
  };
}

export function deadlineOf({ settings }: Plan): Deadline {
  return Deadline.in(settings.LDAP_LOGIN_TIMEOUT_MS);
}

function nameOf({ settings }: Plan, typed: string): OwnName {
  const own = ownName(typed, { domain: settings.LDAP_DOMAIN, netbiosDomain: settings.LDAP_NETBIOS_DOMAIN });
  if (own !== undefined) return own;
  throw new StepFault(`${quoted(typed)} is no name of this directory’s domain`, 'LDAP_DOMAIN');
}

/** The same search as a login's, so that both find the same person. */
async function lookFor(
  reader: DirectoryReader,
  plan: Plan,
  name: OwnName,
): Promise<DirectoryEntry | undefined> {
  const people = new PeopleSearch(reader, plan.options.people);
  const found = await people.byName(name, deadlineOf(plan)).catch((error: unknown) => {
    throw faultOf(error, 'the search');
  });
  if (found === 'nobody') return undefined;
  if (found !== 'several') return found;
  throw new StepFault(
    'more than one entry is found for the name: such a login is refused',
    'LDAP_USER_FILTER',
  );
}

function judgePerson(entry: DirectoryEntry, slow: string | undefined): Finding {
  const state = accountState(entry, performance.timeOrigin + performance.now());
  const why = state.barred ? state.why : state.lockedByGuesses ? 'locked after wrong passwords' : undefined;
  if (why !== undefined) return warn(`${entry.dn}, which is ${why}: a login would be refused`);
  const password = passwordTrouble(entry);
  if (password !== undefined)
    return warn(`${entry.dn}, whose password ${password}: a login would be refused`);
  return slow === undefined ? ok(entry.dn) : warn(`${entry.dn}; ${slow}`, 'LDAP_USER_FILTER');
}

/** What the entry itself shows; a directory may know more of a password than it lets anybody read. */
function passwordTrouble(entry: DirectoryEntry): string | undefined {
  const nowMs = performance.timeOrigin + performance.now();
  const { mustChange, secondsUntilExpiration } = completedNotice({ mustChange: false }, entry, nowMs);
  if (mustChange) return 'must be changed';
  return secondsUntilExpiration !== undefined && secondsUntilExpiration <= 0 ? 'has expired' : undefined;
}

async function asked<T>(step: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw error instanceof TruncatedAnswer ? error : faultOf(error, step);
  }
}

function faultOf(error: unknown, step: string): unknown {
  if (resultCodeOf(error) === undefined) return error;
  const scene = { url: 'the server', connectTimeoutMs: 0, operationTimeoutMs: 0 };
  return new StepFault(describeFailure(error, step, scene), settingFor(error));
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
