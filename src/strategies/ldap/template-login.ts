import { type DistinguishedName, dnKey, escapedRdnValue, firstRdn } from '../../common/distinguished-name';
import type { Deadline } from '../outbound/deadline';
import {
  type DirectoryAccount,
  type DnLoginRequest,
  type LoginAttempt,
  type LoginRequest,
  type LoginWay,
  noPersonsDn,
  refusedBecause,
  type WantedName,
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

  /** Sends no bind for a DN that the template makes of no name: whoever has it is nobody of ours. */
  async attemptByDn({ dn, ...request }: DnLoginRequest): Promise<LoginAttempt> {
    const account = this.accountIn(dn);
    if (account === undefined) return refusedBecause(noPersonsDn);
    return this.attempt({ ...request, account });
  }

  accountIn(dn: DistinguishedName): string | undefined {
    return accountOf(this.template, dn);
  }

  account({ account }: WantedName, deadline: Deadline): Promise<DirectoryAccount> {
    const dn = dnOf(this.template, account);
    return this.login.account(dn, placeOf(dn), deadline);
  }

  accountByDn({ text }: DistinguishedName, deadline: Deadline): Promise<DirectoryAccount> {
    return this.login.account(text, placeOf(text), deadline);
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

/** The name of which a template makes this DN; undefined also where its first RDN has no place for the name. */
export function accountOf(template: string, { key, name }: DistinguishedName): string | undefined {
  const [before, after] = firstRdn(template)?.value.split(placeholder) ?? [];
  if (name === undefined || before === undefined || after === undefined) return undefined;
  const account = name.value.slice(before.length, name.value.length - after.length);
  return account.trim() !== '' && dnKey(dnOf(template, account)) === key ? account : undefined;
}

/** The part of the tree that holds the people of a template: all that follows the RDN with the name. */
export function baseOfTemplate(template: string): string | undefined {
  const rest = template.slice(template.indexOf(placeholder) + placeholder.length);
  return /^[^,]*,\s*(.+)$/.exec(rest)?.[1];
}
