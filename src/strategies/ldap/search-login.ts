import { AndFilter, type Filter } from 'ldapts';
import { type Credentials, StrategyUnavailable } from '../credential-strategy';
import type { Directory, DirectoryConnection } from './directory';
import type { DirectoryEntry } from './directory-entry';
import type { PeopleOptions, ServiceAccount } from './ldap-options';
import { type LoginAttempt, type LoginWay, refusedBecause } from './login-attempt';
import { uniqueIdFilter } from './unique-id';

export interface SearchLoginOptions {
  readonly strategy: string;
  readonly people: PeopleOptions;
  /** Undefined for a directory that lets anybody search. */
  readonly serviceAccount: ServiceAccount | undefined;
}

/** Finds the entry as the service account, then binds as that entry. */
export class SearchLogin implements LoginWay {
  constructor(
    private readonly directory: Directory,
    private readonly options: SearchLoginOptions,
  ) {}

  async attempt({ username, password }: Credentials): Promise<LoginAttempt> {
    const entries = await this.search(this.options.people.userFilter.forName(username));
    const [entry] = entries;
    if (entry === undefined) return refusedBecause('unknown name');
    if (entries.length > 1) return refusedBecause('ambiguous name');
    // On a connection of its own: a bind would take the service account's rights from searches on this one.
    const accepted = await this.directory.use((connection) => connection.bind(entry.dn, password));
    return accepted ? { accepted, entry } : refusedBecause('password refused');
  }

  /** The entry with this unique id, as long as LDAP_USER_FILTER would still let its owner in. */
  async find(uniqueId: string): Promise<DirectoryEntry | undefined> {
    const filter = uniqueIdFilter(uniqueId);
    if (filter === undefined) return undefined;
    const { restriction } = this.options.people.userFilter;
    const entries = await this.search(
      restriction ? new AndFilter({ filters: [filter, restriction] }) : filter,
    );
    return entries.length === 1 ? entries[0] : undefined;
  }

  private search(filter: Filter): Promise<DirectoryEntry[]> {
    return this.directory.use(async (connection) => {
      await this.bindServiceAccount(connection);
      return connection.search({ baseDn: this.options.people.baseDn, scope: 'sub', filter });
    });
  }

  private async bindServiceAccount(connection: DirectoryConnection): Promise<void> {
    const account = this.options.serviceAccount;
    if (account === undefined || (await connection.bind(account.name, account.password))) return;
    const detail = 'the directory refuses the service account (LDAP_BIND_DN and LDAP_BIND_PASSWORD)';
    throw new StrategyUnavailable(this.options.strategy, detail);
  }
}
