/** Characters that turn the text around them over or are not seen (UAX 9 section 2), and those that control terminals. */
const unshown = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const longestName = 100;

/**
 * A text of a directory or a client as a page shows it: on one line, without characters that let it look like another one, cut at
 * `longest` characters. Markup in it is escaped where it is rendered.
 */
export function shownText(text: string, longest = longestName): string {
  // Nobody needs to look through a megabyte for what is cut anyway.
  const characters = [...text.slice(0, longest * 4).replace(unshown, '')];
  return characters.length <= longest ? characters.join('') : `${characters.slice(0, longest).join('')}…`;
}
