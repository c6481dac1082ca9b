import type { RefusalReason } from '../credential-strategy';
import { countedName } from '../identity';

/** What an answer of the service says of the password. */
type Judgement = { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly reason: RefusalReason };

/**
 * The account that a login by this name tries, for counting. The service does not say which names are one account to it, and there may be a
 * directory behind it: so the name goes without a Windows domain, marks and case. What follows an `@` stays, because it often tells
 * people of different organisations apart.
 */
export function accountKey(strategy: string, typedName: string): string {
  const name = countedName(typedName);
  return `${strategy}:${name.replace(/^[^\\]*\\(?=.)/, '')}`;
}

export function passwordWas({ kind }: Judgement): 'right' | 'wrong' {
  return kind === 'accepted' ? 'right' : 'wrong';
}
