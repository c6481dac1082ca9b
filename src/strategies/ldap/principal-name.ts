/** These would make it a name of another kind or of another domain (MS-ADTS 5.1.1.1.1). */
const notInAccountName = /[\\@]/;

/**
 * The account part of a typed name that belongs to this domain: `alice` or `alice@DOMAIN`, in any case.
 * Undefined for `OTHER\alice`, for another domain, and for an empty account.
 */
export function accountInDomain(typed: string, domain: string): string | undefined {
  const name = typed.trim();
  const suffix = `@${domain.toLowerCase()}`;
  const account = name.toLowerCase().endsWith(suffix) ? name.slice(0, -suffix.length) : name;
  return account === '' || notInAccountName.test(account) ? undefined : account;
}
