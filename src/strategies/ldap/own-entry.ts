import type { Filter } from 'ldapts';
import { StrategyUnavailable } from '../credential-strategy';
import type { PasswordNotice } from './bind/bind-outcome';
import type { Deadline } from '../outbound/deadline';
import type { Directory } from './connection/directory';
import { isAbsence } from './connection/directory-failure';
import type { DirectoryEntry } from './entry/directory-entry';
import {
  type Describe,
  type DirectoryAccount,
  type DnLoginRequest,
  type LoginAttempt,
  type LoginRequest,
  noPersonsDn,
  notAllowedByFilter,
  type PeopleOptions,
  refusedBecause,
  refusedBind,
  refusedUntilChanged,
} from './login-attempt';
import type { DirectoryReader } from './connection/search-request';
import { accountAt } from './dn-account';
import { PeopleSearch } from './people-search';

export interface OwnEntryOptions {
  readonly strategy: string;
  readonly directory: Directory;
  readonly people: PeopleOptions;
  readonly describe: Describe;
}

/** Where somebody's own entry is to be found once they have bound. */
export interface OwnEntryPlace {
  readonly baseDn: string;
  readonly scope: 'base' | 'sub';
  readonly filter: Filter;
}

/** Direct binds: the person binds first and then reads their own entry, with their own rights, on the same connection. */
export class OwnEntryLogin {
  constructor(private readonly options: OwnEntryOptions) {}

  /** @param bindName what the bind names: a DN or a user principal name, never what was typed */
  async attempt(request: LoginRequest, bindName: string, place: OwnEntryPlace): Promise<LoginAttempt> {
    const { password, deadline } = request;
    const outcome = await this.options.directory.bindUserThen(
      bindName,
      password,
      deadline,
      (reader, _, notice) => this.read(reader, request, place, notice),
    );
    return outcome.accepted ? outcome.value : refusedBind(outcome);
  }

  /** Binds as the DN itself. Whoever may bind and is nobody of ours, such as a service, is refused after that. */
  async attemptByDn({ dn, password, deadline }: DnLoginRequest): Promise<LoginAttempt> {
    let isBound = false;
    try {
      const outcome = await this.options.directory.bindUserThen(
        dn.text,
        password,
        deadline,
        (reader, _, notice) => {
          isBound = true;
          return this.readPerson(reader, { dn, deadline }, notice);
        },
      );
      return outcome.accepted ? outcome.value : refusedBind(outcome);
    } catch (error) {
      // After the bind, something else is missing, such as the place of the groups.
      const isNobody = !isBound && error instanceof StrategyUnavailable && isAbsence(error.cause);
      if (isNobody) return refusedBecause(noPersonsDn);
      throw error;
    }
  }

  account(bindName: string, place: OwnEntryPlace): DirectoryAccount {
    return {
      bindName,
      isSearched: false,
      read: (reader, deadline) => this.entryAt(place, reader, deadline),
      isAllowed: (entry, reader, deadline) => this.isAllowed(entry, reader, deadline),
    };
  }

  private async read(
    reader: DirectoryReader,
    { account, deadline }: LoginRequest,
    place: OwnEntryPlace,
    notice: PasswordNotice,
  ): Promise<LoginAttempt> {
    // Such a user may do nothing but change the password; a search would be refused.
    if (notice.mustChange) return refusedUntilChanged;
    const entry = await this.entryAt(place, reader, deadline);
    if (!(await this.isAllowed(entry, reader, deadline))) return refusedBecause(notAllowedByFilter);
    const identity = await this.options.describe(entry, { account, reader, deadline });
    return { accepted: true, identity, entry, notice };
  }

  private async readPerson(
    reader: DirectoryReader,
    { dn, deadline }: Pick<DnLoginRequest, 'dn' | 'deadline'>,
    notice: PasswordNotice,
  ): Promise<LoginAttempt> {
    if (notice.mustChange) return refusedUntilChanged;
    const entry = await new PeopleSearch(reader, this.options.people).byDn(dn, deadline);
    if (entry === undefined) return refusedBecause(noPersonsDn);
    const account = accountAt(entry, dn, this.options.people.userFilter);
    const identity = await this.options.describe(entry, { account, reader, deadline });
    return { accepted: true, identity, entry, notice };
  }

  private async isAllowed(
    entry: DirectoryEntry,
    reader: DirectoryReader,
    deadline: Deadline,
  ): Promise<boolean> {
    const { restriction } = this.options.people.userFilter;
    return restriction === undefined || matches(reader, entry, restriction, deadline);
  }

  /** @throws StrategyUnavailable when there is none */
  private async entryAt(
    place: OwnEntryPlace,
    reader: DirectoryReader,
    deadline: Deadline,
  ): Promise<DirectoryEntry> {
    const { attributes, binaryAttributes } = this.options.people;
    const found = await reader.search({ ...place, attributes, binaryAttributes, maxEntries: 1 }, deadline);
    const [entry] = found;
    if (entry === undefined) throw this.noOwnEntry(place.baseDn);
    return entry;
  }

  private noOwnEntry(baseDn: string): StrategyUnavailable {
    const detail =
      `the password was right, but the account finds no entry of its own below ${baseDn}: ` +
      'check LDAP_BASE_DN and the right to read the own entry';
    return new StrategyUnavailable(this.options.strategy, detail);
  }
}

async function matches(
  reader: DirectoryReader,
  { dn }: DirectoryEntry,
  filter: Filter,
  deadline: Deadline,
): Promise<boolean> {
  const request = { baseDn: dn, scope: 'base', filter, attributes: [], maxEntries: 1 } as const;
  return (await reader.search(request, deadline)).length === 1;
}
