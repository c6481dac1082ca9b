import { EqualityFilter, type Filter, OrFilter } from 'ldapts';
import type { DistinguishedName } from '../../common/distinguished-name';
import type { Deadline } from '../outbound/deadline';
import { accountIn } from './dn-account';
import {
  type DirectoryAccount,
  type DnLoginRequest,
  foreignName,
  type LoginAttempt,
  type LoginRequest,
  type LoginWay,
  noPersonsDn,
  refusedBecause,
  type WantedName,
} from './login-attempt';
import { OwnEntryLogin, type OwnEntryOptions, type OwnEntryPlace } from './own-entry';
import { anyEntry, PeopleSearch } from './people-search';

/** Binds as `user@domain`, as Active Directory allows (MS-ADTS 5.1.1.1.1), and reads the entry with the user's own rights. */
export class UpnLogin implements LoginWay {
  private readonly login: OwnEntryLogin;
  private readonly baseDn: string;
  private readonly nameAttributes: readonly string[];

  constructor(
    private readonly options: OwnEntryOptions,
    private readonly domain: string,
  ) {
    this.login = new OwnEntryLogin(options);
    this.baseDn = options.people.baseDn;
    this.nameAttributes = options.people.userFilter.nameAttributes;
  }

  async attempt(request: LoginRequest): Promise<LoginAttempt> {
    if (!isAccountName(request.account)) return refusedBecause(foreignName);
    return this.login.attempt(request, this.principalName(request.account), this.placeOf(request.account));
  }

  /** Where a service account can look first, nobody but a person is bound. */
  async attemptByDn(request: DnLoginRequest): Promise<LoginAttempt> {
    const { directory, people } = this.options;
    if (!directory.hasServiceAccount) return this.login.attemptByDn(request);
    const entry = await new PeopleSearch(directory, people).byDn(request.dn, request.deadline);
    return entry ? this.login.attemptByDn(request, entry) : refusedBecause(noPersonsDn);
  }

  accountIn(dn: DistinguishedName): string | undefined {
    return accountIn(dn, this.nameAttributes);
  }

  async account({ account }: WantedName, deadline: Deadline): Promise<DirectoryAccount | undefined> {
    if (!isAccountName(account)) return undefined;
    return this.login.account(this.principalName(account), this.placeOf(account), deadline);
  }

  accountByDn({ text }: DistinguishedName, deadline: Deadline): Promise<DirectoryAccount> {
    const place = { baseDn: text, scope: 'base', filter: anyEntry } as const;
    return this.login.account(text, place, deadline);
  }

  private principalName(account: string): string {
    return `${account}@${this.domain}`;
  }

  private placeOf(account: string): OwnEntryPlace {
    const filter = ownEntryFilter(account, this.principalName(account));
    return { baseDn: this.baseDn, scope: 'sub', filter };
  }
}

/** A further `@` or `\` would make it a name of another kind or of another domain. */
function isAccountName(account: string): boolean {
  return !/[\\@]/.test(account);
}

function ownEntryFilter(account: string, principalName: string): Filter {
  return new OrFilter({
    filters: [
      new EqualityFilter({ attribute: 'sAMAccountName', value: account }),
      new EqualityFilter({ attribute: 'userPrincipalName', value: principalName }),
    ],
  });
}
