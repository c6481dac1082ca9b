/** How deep lists and objects of a body may stand in each other. */
export const mostJsonDepth = 32;
/** Members of all objects and items of all lists of a body together. */
export const mostJsonMembers = 2000;

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;

/**
 * What is too much about a JSON text, before anybody builds it: what walks over its values later does so by recursion. One pass,
 * no memory; says nothing of whether the text is JSON.
 */
export function jsonExcess(text: string): 'depth' | 'members' | undefined {
  let depth = 0;
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === quote) at = endOfString(text, at);
    else if (character === comma) members++;
    else if (isOpening(character)) {
      members++;
      if (++depth > mostJsonDepth) return 'depth';
    } else if (isClosing(character)) depth--;
    if (members > mostJsonMembers) return 'members';
  }
  return undefined;
}

/** Where a string that begins at `start` ends: at its quote, or with the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === backslash) at++;
    else if (character === quote) return at;
  }
  return text.length;
}

/** `[` or `{`. */
function isOpening(character: number): boolean {
  return character === 0x5b || character === 0x7b;
}

/** `]` or `}`. */
function isClosing(character: number): boolean {
  return character === 0x5d || character === 0x7d;
}
