import { AndFilter, EqualityFilter, type Filter, OrFilter } from 'ldapts';
import { StrategyUnavailable } from '../credential-strategy';
import type { Deadline } from '../outbound/deadline';
import type { Directory } from './connection/directory';
import type { DirectoryReader } from './connection/search-request';
import type { DirectoryEntry } from './entry/directory-entry';
import {
  type Describe,
  type DirectoryAccount,
  type LoginAttempt,
  type LoginRequest,
  type LoginWay,
  type PeopleOptions,
  refusedBecause,
  refusedBind,
  refusedUntilChanged,
  type WantedName,
} from './login-attempt';
import { TruncatedAnswer } from './connection/truncated-answer';
import { uniqueIdFilter } from './entry/unique-id';

/** Finds the entries of people as the service account. */
export class PeopleSearch {
  constructor(
    private readonly reader: DirectoryReader,
    private readonly people: PeopleOptions,
  ) {}

  /** A name typed as `user@domain` may be the one of an entry whose account is another; that entry goes first. */
  async byName(
    { account, principalName }: WantedName,
    deadline: Deadline,
  ): Promise<DirectoryEntry | 'nobody' | 'several'> {
    const filter = this.people.userFilter.forName(account);
    if (principalName === undefined) return only(await this.atMost(1, filter, deadline));
    const either = new OrFilter({ filters: [this.allowed(principalNameIs(principalName)), filter] });
    const found = await this.atMost(2, either, deadline);
    if (found === 'several') return found;
    const named = found.filter((entry) => hasPrincipalName(entry, principalName));
    return only(named.length > 0 ? named : found);
  }

  /**
   * The entry with this unique id, as long as LDAP_USER_FILTER would still let its owner in.
   * @throws StrategyUnavailable also when several have it: then nobody knows whether the person is gone
   */
  async byUniqueId(uniqueId: string, deadline: Deadline): Promise<DirectoryEntry | undefined> {
    const filter = uniqueIdFilter(uniqueId);
    if (filter === undefined) return undefined;
    const [entry] = await this.search(1, this.allowed(filter), deadline);
    return entry;
  }

  /** What else LDAP_USER_FILTER asks holds as well, by whatever an entry is looked for. */
  private allowed(filter: Filter): Filter {
    const { restriction } = this.people.userFilter;
    return restriction ? new AndFilter({ filters: [filter, restriction] }) : filter;
  }

  private async atMost(
    maxEntries: number,
    filter: Filter,
    deadline: Deadline,
  ): Promise<DirectoryEntry[] | 'several'> {
    try {
      return await this.search(maxEntries, filter, deadline);
    } catch (error) {
      if (isMoreThanWanted(error)) return 'several';
      throw error;
    }
  }

  private search(maxEntries: number, filter: Filter, deadline: Deadline): Promise<DirectoryEntry[]> {
    const { baseDn, attributes, binaryAttributes } = this.people;
    const request = { baseDn, scope: 'sub', filter, attributes, binaryAttributes, maxEntries } as const;
    return this.reader.search(request, deadline);
  }
}

function only(found: readonly DirectoryEntry[] | 'several'): DirectoryEntry | 'nobody' | 'several' {
  if (found === 'several' || found.length > 1) return 'several';
  return found[0] ?? 'nobody';
}

function principalNameIs(value: string): Filter {
  return new EqualityFilter({ attribute: 'userPrincipalName', value });
}

function hasPrincipalName(entry: DirectoryEntry, principalName: string): boolean {
  const wanted = principalName.toLowerCase();
  return entry.texts('userPrincipalName').some((value) => value.toLowerCase() === wanted);
}

function isMoreThanWanted(error: unknown): boolean {
  const cause = error instanceof StrategyUnavailable ? error.cause : error;
  return cause instanceof TruncatedAnswer && cause.kind === 'more-entries';
}

/** Finds the entry as the service account, then binds as that entry. */
export class SearchLogin implements LoginWay {
  private readonly people: PeopleSearch;

  constructor(
    private readonly directory: Directory,
    people: PeopleOptions,
    private readonly describe: Describe,
  ) {
    this.people = new PeopleSearch(directory, people);
  }

  async attempt(request: LoginRequest): Promise<LoginAttempt> {
    const { account, password, deadline } = request;
    const entry = await this.people.byName(request, deadline);
    if (entry === 'nobody') return refusedBecause('unknown name');
    if (entry === 'several') return refusedBecause(ambiguousName);
    const outcome = await this.directory.bindUser(entry.dn, password, deadline);
    if (!outcome.accepted) return refusedBind(outcome);
    if (outcome.notice.mustChange) return refusedUntilChanged;
    const identity = await this.describe(entry, { account, reader: this.directory, deadline });
    return { accepted: true, identity, entry, notice: outcome.notice };
  }

  async account(name: WantedName, deadline: Deadline): Promise<DirectoryAccount | undefined> {
    const entry = await this.people.byName(name, deadline);
    if (typeof entry === 'string') return undefined;
    return {
      bindName: entry.dn,
      isSearched: true,
      read: () => Promise.resolve(entry),
      isAllowed: () => Promise.resolve(true),
    };
  }
}

/** A fault of the configuration, which the log says louder than other refusals. */
export const ambiguousName = 'ambiguous name';
