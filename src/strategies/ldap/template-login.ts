import { type DistinguishedName, dnKey, escapedRdnValue } from '../../common/distinguished-name';
import type {
  DirectoryAccount,
  DnLoginRequest,
  LoginAttempt,
  LoginRequest,
  LoginWay,
  WantedName,
} from './login-attempt';
import { OwnEntryLogin, type OwnEntryOptions, type OwnEntryPlace } from './own-entry';
import { anyEntry } from './people-search';

const placeholder = '{username}';

/** Binds as LDAP_USER_DN_TEMPLATE says, without any search before, and reads that one entry with the user's own rights. */
export class TemplateLogin implements LoginWay {
  private readonly login: OwnEntryLogin;

  constructor(
    options: OwnEntryOptions,
    private readonly template: string,
  ) {
    this.login = new OwnEntryLogin(options);
  }

  async attempt(request: LoginRequest): Promise<LoginAttempt> {
    const dn = dnOf(this.template, request.account);
    return this.login.attempt(request, dn, placeOf(dn));
  }

  attemptByDn(request: DnLoginRequest): Promise<LoginAttempt> {
    return this.login.attemptByDn(request);
  }

  /** The name that the template would make this DN of. */
  accountIn({ key, name }: DistinguishedName): string | undefined {
    return name && dnKey(dnOf(this.template, name.value)) === key ? name.value : undefined;
  }

  account({ account }: WantedName): Promise<DirectoryAccount> {
    const dn = dnOf(this.template, account);
    return Promise.resolve(this.login.account(dn, placeOf(dn)));
  }
}

function placeOf(dn: string): OwnEntryPlace {
  return { baseDn: dn, scope: 'base', filter: anyEntry };
}

/** The DN of an account. */
export function dnOf(template: string, account: string): string {
  const value = escapedRdnValue(account);
  // A function as replacement, because `$&` and the like in a name mean something to replaceAll.
  return template.replaceAll(placeholder, () => value);
}

/** The part of the tree that holds the people of a template: all that follows the RDN with the name. */
export function baseOfTemplate(template: string): string | undefined {
  const rest = template.slice(template.indexOf(placeholder) + placeholder.length);
  return /^[^,]*,\s*(.+)$/.exec(rest)?.[1];
}
