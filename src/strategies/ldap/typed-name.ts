import type { OwnName } from '../credential-strategy';

/** A login name as people type it: `user`, `user@domain` or `DOMAIN\user` (MS-ADTS 5.1.1.1.1). */
export interface TypedName {
  readonly account: string;
  readonly domain?: { readonly form: 'upn' | 'netbios'; readonly name: string };
}

/** The domains by which a directory knows that a typed name is one of its own. */
export interface OwnDomains {
  readonly domain?: string;
  readonly netbiosDomain?: string;
}

/** Takes a typed name apart. The account may be empty; blanks at the ends do not count. */
export function parseTypedName(typed: string): TypedName {
  const name = typed.trim();
  const backslash = name.indexOf('\\');
  if (backslash >= 0) {
    return {
      account: name.slice(backslash + 1),
      domain: { form: 'netbios', name: name.slice(0, backslash) },
    };
  }
  const at = name.lastIndexOf('@');
  if (at < 0) return { account: name };
  return { account: name.slice(0, at), domain: { form: 'upn', name: name.slice(at + 1) } };
}

/**
 * The account that a typed name means in this directory, or undefined when it belongs to another one or to nobody.
 * A directory without LDAP_DOMAIN takes `user@domain` as it is: it may be a mail address that LDAP_USER_FILTER looks for.
 */
export function ownName(typed: string, own: OwnDomains): OwnName | undefined {
  const { account, domain } = parseTypedName(typed);
  if (account === '' || account.includes('\\')) return undefined;
  if (!domain) return { account, certain: false };
  const expected = domain.form === 'upn' ? own.domain : own.netbiosDomain;
  if (expected === undefined) {
    return domain.form === 'upn' ? { account: typed.trim(), certain: false } : undefined;
  }
  if (domain.name.toLowerCase() !== expected.toLowerCase()) return undefined;
  return { account, certain: true, ...(domain.form === 'upn' && { principalName: typed.trim() }) };
}

/** Whether a password may be sent to a directory at all. */
export function canBePassword(password: string): boolean {
  // An empty password would be an unauthenticated bind, which many servers answer with success (RFC 4513 section 5.1.2).
  // Samba reads a password up to its first NUL, so that one password would have many spellings.
  return password !== '' && !password.includes('\0');
}

/**
 * Whether a login name may be sent to a directory at all. Active Directory reads `alice` followed by a NUL as `alice`, so that one account would have many spellings and a counter of
 * failed logins for each of them.
 */
export function canBeName(typed: string): boolean {
  return typed.trim() !== '' && !/\p{Cc}/u.test(typed);
}
