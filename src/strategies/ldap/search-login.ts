import { type DistinguishedName, dnKey } from '../../common/distinguished-name';
import type { Deadline } from '../outbound/deadline';
import type { Directory } from './connection/directory';
import { type AccountTries, passwordOfBind } from './lockout/account-tries';
import { accountIn } from './dn-account';
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

export interface SearchLoginOptions {
  readonly directory: Directory;
  readonly people: PeopleOptions;
  readonly describe: Describe;
  readonly tries: AccountTries;
}

/** Finds the entry as the service account, then binds as that entry. */
export class SearchLogin implements LoginWay {
  private readonly people: PeopleSearch;

  constructor(private readonly options: SearchLoginOptions) {
    this.people = new PeopleSearch(options.directory, options.people);
  }

  async attempt(request: LoginRequest): Promise<LoginAttempt> {
    const entry = await this.people.byName(request, request.deadline);
    if (entry === 'nobody') return refusedBecause('unknown name');
    if (entry === 'several') return refusedBecause(ambiguousName);
    return this.bindAs(entry, request);
  }

  /**
   * Looks for a name that finds this entry alone. Where each name finds several entries the DN is refused too: their owners would be
   * one and the same for whoever goes by the name.
   */
  async attemptByDn({ dn, ...request }: DnLoginRequest): Promise<LoginAttempt> {
    const inDn = this.accountIn(dn);
    const byRdn = inDn === undefined ? 'several' : await this.found(inDn, dn, request.deadline);
    if (byRdn === 'nobody') return refusedBecause(noPersonsDn);
    if (byRdn !== 'several') return this.bindAs(byRdn, { ...request, account: inDn ?? '' });
    const names = await this.people.namesAt(dn, request.deadline);
    for (const account of names.filter((name) => name !== inDn)) {
      const entry = await this.found(account, dn, request.deadline);
      if (typeof entry !== 'string') return this.bindAs(entry, { ...request, account });
    }
    return refusedBecause(names.length > 0 ? ambiguousName : noPersonsDn);
  }

  private async found(
    account: string,
    dn: DistinguishedName,
    deadline: Deadline,
  ): Promise<DirectoryEntry | 'nobody' | 'several'> {
    const entry = await this.people.byName({ account }, deadline);
    return typeof entry === 'string' || dnKey(entry.dn) === dn.key ? entry : 'nobody';
  }

  accountIn(dn: DistinguishedName): string | undefined {
    return accountIn(dn, this.options.people.userFilter.nameAttributes);
  }

  async account(name: WantedName, deadline: Deadline): Promise<DirectoryAccount | undefined> {
    const entry = await this.people.byName(name, deadline);
    return typeof entry === 'string' ? undefined : foundAccount(entry);
  }

  async accountByDn(dn: DistinguishedName, deadline: Deadline): Promise<DirectoryAccount | undefined> {
    const entry = await this.people.byDn(dn, deadline);
    return entry && foundAccount(entry);
  }

  private async bindAs(
    entry: DirectoryEntry,
    { account, password, context, deadline }: LoginRequest,
  ): Promise<LoginAttempt> {
    const { directory, describe, tries } = this.options;
    const outcome = await tries.run(
      { bindName: entry.dn, entry, context, deadline },
      () => directory.bindUser(entry.dn, password, deadline),
      passwordOfBind,
    );
    if (!outcome?.accepted) return refusedBind(outcome);
    if (outcome.notice.mustChange) return refusedUntilChanged;
    const identity = await describe(entry, { account, reader: directory, deadline });
    return { accepted: true, identity, entry, notice: outcome.notice };
  }
}

function foundAccount(entry: DirectoryEntry): DirectoryAccount {
  return {
    bindName: entry.dn,
    entry,
    read: () => Promise.resolve(entry),
    isAllowed: () => Promise.resolve(true),
  };
}

/** A fault of the configuration, which the log says louder than other refusals. */
export const ambiguousName = 'ambiguous name';
