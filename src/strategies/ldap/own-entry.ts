import type { Client, Filter } from 'ldapts';
import { StrategyUnavailable } from '../credential-strategy';
import type { PasswordNotice } from './bind/bind-outcome';
import type { Deadline } from '../outbound/deadline';
import type { Directory } from './connection/directory';
import { isAbsence } from './connection/directory-failure';
import type { DirectoryEntry } from './entry/directory-entry';
import type { NamedAccount } from './lockout/account-key';
import { type AccountTries, passwordOfBind } from './lockout/account-tries';
import type { LockoutPolicies } from './lockout/lockout-policies';
import {
  type Describe,
  type DirectoryAccount,
  type DnLoginRequest,
  type LoginAttempt,
  type LoginRequest,
  noPersonsDn,
  notAllowedByFilter,
  type PasswordRequest,
  type PeopleOptions,
  refusedBecause,
  refusedBind,
  refusedUntilChanged,
} from './login-attempt';
import type { DirectoryReader } from './connection/search-request';
import { accountAt } from './dn-account';
import { isMoreThanWanted, PeopleSearch } from './people-search';

export interface OwnEntryOptions {
  readonly strategy: string;
  readonly directory: Directory;
  readonly people: PeopleOptions;
  readonly describe: Describe;
  readonly tries: AccountTries;
  readonly policies: LockoutPolicies;
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
    const { context, deadline } = request;
    const entry = context.gate && (await this.knownEntry(place, deadline));
    return this.bind({ ...request, bindName, entry }, (reader, notice) =>
      this.read(reader, request, place, notice),
    );
  }

  /**
   * Binds as the DN itself. Whoever may bind and is nobody of ours, such as a service, is refused after that.
   * @param entry where it is known already
   */
  async attemptByDn(request: DnLoginRequest, entry?: DirectoryEntry): Promise<LoginAttempt> {
    const { dn } = request;
    let isBound = false;
    try {
      return await this.bind({ ...request, bindName: dn.text, entry }, (reader, notice) => {
        isBound = true;
        return this.readPerson(reader, request, notice);
      });
    } catch (error) {
      // After the bind, something else is missing, such as the place of the groups.
      const isNobody = !isBound && error instanceof StrategyUnavailable && isAbsence(error.cause);
      if (isNobody) return refusedBecause(noPersonsDn);
      throw error;
    }
  }

  async account(bindName: string, place: OwnEntryPlace, deadline: Deadline): Promise<DirectoryAccount> {
    return {
      bindName,
      entry: await this.knownEntry(place, deadline),
      read: (reader, deadline) => this.entryAt(place, reader, deadline),
      isAllowed: (entry, reader, deadline) => this.isAllowed(entry, reader, deadline),
    };
  }

  /** One bind, and what follows it on the same connection. */
  private async bind(
    { bindName, entry, password, context, deadline }: PasswordRequest & NamedAccount,
    then: (reader: DirectoryReader, notice: PasswordNotice) => Promise<LoginAttempt>,
  ): Promise<LoginAttempt> {
    const { directory, tries } = this.options;
    const outcome = await tries.run(
      { bindName, entry, context, deadline },
      () =>
        directory.bindUserThen(bindName, password, deadline, async (reader, client, notice) => {
          const attempt = await then(reader, notice);
          if (attempt.accepted && context.gate) await this.learnPolicy(reader, client, deadline);
          return attempt;
        }),
      passwordOfBind,
    );
    return outcome?.accepted ? outcome.value : refusedBind(outcome);
  }

  /**
   * The entry as the service account sees it before the bind, so that every name of a person counts as the same account. Undefined
   * where nobody looks, nobody is found, or several are: the name stands for itself then, each time.
   * @throws StrategyUnavailable when the directory did not answer: to go on by the name would give the account a second set of tries
   */
  private async knownEntry(place: OwnEntryPlace, deadline: Deadline): Promise<DirectoryEntry | undefined> {
    const { directory, people } = this.options;
    if (!directory.hasServiceAccount) return undefined;
    const { attributes, binaryAttributes } = people;
    const request = { ...place, attributes, binaryAttributes, maxEntries: 1, mayBeMissing: true };
    try {
      return (await directory.search(request, deadline.within(deadline.remainingMs() / 2)))[0];
    } catch (error) {
      if (isMoreThanWanted(error)) return undefined;
      throw error;
    }
  }

  /** Nobody else may read it, so whoever has just logged in does, now and then. */
  private async learnPolicy(reader: DirectoryReader, client: Client, deadline: Deadline): Promise<void> {
    const { policies } = this.options;
    if (!policies.isUnknown) return;
    try {
      await policies.readAs(reader, deadline.within(deadline.remainingMs() / 4));
    } catch {
      // Its answer may still come, and must not meet the next user.
      client.unbind().catch(() => undefined);
    }
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
