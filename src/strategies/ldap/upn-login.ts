import { EqualityFilter, type Filter, OrFilter } from 'ldapts';
import { type Credentials, StrategyUnavailable } from '../credential-strategy';
import type { Directory, DirectoryConnection } from './directory';
import type { PeopleOptions } from './ldap-options';
import { type LoginAttempt, type LoginWay, refusedBecause } from './login-attempt';
import { accountInDomain } from './principal-name';

export interface UpnLoginOptions {
  readonly strategy: string;
  readonly people: PeopleOptions;
  readonly domain: string;
}

/** Binds as `user@domain`, as Active Directory allows (MS-ADTS 5.1.1.1.1), and reads the entry with the user's own rights. */
export class UpnLogin implements LoginWay {
  constructor(
    private readonly directory: Directory,
    private readonly options: UpnLoginOptions,
  ) {}

  async attempt({ username, password }: Credentials): Promise<LoginAttempt> {
    const account = accountInDomain(username, this.options.domain);
    if (account === undefined) return refusedBecause('name of another domain');
    return this.directory.use(async (connection) => {
      const accepted = await connection.bind(`${account}@${this.options.domain}`, password);
      return accepted ? this.readOwnEntry(connection, account) : refusedBecause('password refused');
    });
  }

  private async readOwnEntry(connection: DirectoryConnection, account: string): Promise<LoginAttempt> {
    const { baseDn, userFilter } = this.options.people;
    const filter = this.ownEntryFilter(account);
    const entries = await connection.search({ baseDn, scope: 'sub', filter });
    const [entry] = entries;
    if (entry === undefined) throw this.noOwnEntry(baseDn);
    if (entries.length > 1) return refusedBecause('ambiguous name');
    const { restriction } = userFilter;
    if (restriction !== undefined) {
      const allowed = await connection.search({ baseDn: entry.dn, scope: 'base', filter: restriction });
      if (allowed.length === 0) return refusedBecause('not allowed by LDAP_USER_FILTER');
    }
    return { accepted: true, entry };
  }

  private ownEntryFilter(account: string): Filter {
    const principalName = `${account}@${this.options.domain}`;
    return new OrFilter({
      filters: [
        new EqualityFilter({ attribute: 'sAMAccountName', value: account }),
        new EqualityFilter({ attribute: 'userPrincipalName', value: principalName }),
      ],
    });
  }

  private noOwnEntry(baseDn: string): StrategyUnavailable {
    const detail =
      `the password was right, but the account finds no entry of its own below ${baseDn}: ` +
      'check LDAP_BASE_DN and the right to read the own entry';
    return new StrategyUnavailable(this.options.strategy, detail);
  }
}
