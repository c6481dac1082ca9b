import { AndFilter, type Filter } from 'ldapts';
import { StrategyUnavailable } from '../credential-strategy';
import type { Deadline } from './connection/deadline';
import type { Directory } from './connection/directory';
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
} from './login-attempt';
import { TruncatedAnswer } from './connection/truncated-answer';
import { uniqueIdFilter } from './entry/unique-id';

/** Finds the entries of people as the service account. */
export class PeopleSearch {
  constructor(
    private readonly directory: Directory,
    private readonly people: PeopleOptions,
  ) {}

  byName(account: string, deadline: Deadline): Promise<DirectoryEntry | 'nobody' | 'several'> {
    return this.theOnly(this.people.userFilter.forName(account), deadline);
  }

  /** The entry with this unique id, as long as LDAP_USER_FILTER would still let its owner in. */
  async byUniqueId(uniqueId: string, deadline: Deadline): Promise<DirectoryEntry | undefined> {
    const filter = uniqueIdFilter(uniqueId);
    if (filter === undefined) return undefined;
    const { restriction } = this.people.userFilter;
    const both = restriction ? new AndFilter({ filters: [filter, restriction] }) : filter;
    const found = await this.theOnly(both, deadline);
    return typeof found === 'string' ? undefined : found;
  }

  private async theOnly(filter: Filter, deadline: Deadline): Promise<DirectoryEntry | 'nobody' | 'several'> {
    const { baseDn, attributes, binaryAttributes } = this.people;
    const request = { baseDn, scope: 'sub', filter, attributes, binaryAttributes, maxEntries: 1 } as const;
    try {
      const [entry] = await this.directory.search(request, deadline);
      return entry ?? 'nobody';
    } catch (error) {
      if (isMoreThanOne(error)) return 'several';
      throw error;
    }
  }
}

function isMoreThanOne(error: unknown): boolean {
  if (!(error instanceof StrategyUnavailable)) return false;
  return error.cause instanceof TruncatedAnswer && error.cause.kind === 'more-entries';
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

  async attempt({ account, password, deadline }: LoginRequest): Promise<LoginAttempt> {
    const entry = await this.people.byName(account, deadline);
    if (entry === 'nobody') return refusedBecause('unknown name');
    if (entry === 'several') return refusedBecause(ambiguousName);
    const outcome = await this.directory.bindUser(entry.dn, password, deadline);
    if (!outcome.accepted) return refusedBind(outcome);
    if (outcome.notice.mustChange) return refusedUntilChanged;
    const identity = await this.describe(entry, { account, reader: this.directory, deadline });
    return { accepted: true, identity, entry, notice: outcome.notice };
  }

  async account(name: string, deadline: Deadline): Promise<DirectoryAccount | undefined> {
    const entry = await this.people.byName(name, deadline);
    if (typeof entry === 'string') return undefined;
    return { bindName: entry.dn, isSearched: true, read: () => Promise.resolve(entry) };
  }
}

/** A fault of the configuration, which the log says louder than other refusals. */
export const ambiguousName = 'ambiguous name';
