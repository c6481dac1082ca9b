/**
 * A password as a guesser sees it: compatibility characters, such as full-width letters, as the usual ones (Unicode NFKC), without
 * characters that nobody sees.
 */
export function asSeen(text: string): string {
  return visible(text.normalize('NFKC'));
}

/** The same in lower case, by which passwords are held against words and lists. */
export function folded(text: string): string {
  return asSeen(text).toLowerCase();
}

/** Without zero-width spaces, joiners and the like: they lengthen a password, or split a word in it, for the eye of no guesser. */
export function visible(text: string): string {
  return text.replace(/\p{Default_Ignorable_Code_Point}/gu, '');
}
