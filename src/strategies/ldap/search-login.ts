import type { DistinguishedName } from '../../common/distinguished-name';
import type { Deadline } from '../outbound/deadline';
import type { Directory } from './connection/directory';
import { accountAt, accountIn } from './dn-account';
import type { DirectoryEntry } from './entry/directory-entry';
import {
  type Describe,
  type DirectoryAccount,
  type DnLoginRequest,
  type LoginAttempt,
  type LoginRequest,
  type LoginWay,
  noPersonsDn,
  type PeopleOptions,
  refusedBecause,
  refusedBind,
  refusedUntilChanged,
  type WantedName,
} from './login-attempt';
import { PeopleSearch } from './people-search';

/** Finds the entry as the service account, then binds as that entry. */
export class SearchLogin implements LoginWay {
  private readonly people: PeopleSearch;

  constructor(
    private readonly directory: Directory,
    private readonly options: PeopleOptions,
    private readonly describe: Describe,
  ) {
    this.people = new PeopleSearch(directory, options);
  }

  async attempt(request: LoginRequest): Promise<LoginAttempt> {
    const entry = await this.people.byName(request, request.deadline);
    if (entry === 'nobody') return refusedBecause('unknown name');
    if (entry === 'several') return refusedBecause(ambiguousName);
    return this.bindAs(entry, request);
  }

  async attemptByDn({ dn, ...request }: DnLoginRequest): Promise<LoginAttempt> {
    const entry = await this.people.byDn(dn, request.deadline);
    if (entry === undefined) return refusedBecause(noPersonsDn);
    return this.bindAs(entry, { ...request, account: accountAt(entry, dn, this.options.userFilter) });
  }

  accountIn(dn: DistinguishedName): string | undefined {
    return accountIn(dn, this.options.userFilter.nameAttributes);
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

  private async bindAs(
    entry: DirectoryEntry,
    { account, password, deadline }: LoginRequest,
  ): Promise<LoginAttempt> {
    const outcome = await this.directory.bindUser(entry.dn, password, deadline);
    if (!outcome.accepted) return refusedBind(outcome);
    if (outcome.notice.mustChange) return refusedUntilChanged;
    const identity = await this.describe(entry, { account, reader: this.directory, deadline });
    return { accepted: true, identity, entry, notice: outcome.notice };
  }
}

/** A fault of the configuration, which the log says louder than other refusals. */
export const ambiguousName = 'ambiguous name';
