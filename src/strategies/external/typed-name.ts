/** Control characters give one account many spellings, with a counter of failed logins for each; half a surrogate is no character. */
export function canBeName(typed: string): boolean {
  return typed.trim() !== '' && !/[\p{Cc}\p{Cs}]/u.test(typed);
}
