/** What was frozen here as a whole, of what was asked to be known. Frozen alone says nothing of what is within. */
const known = new WeakSet<object>();

/** Freezes a value with all that it holds. It comes from JSON: nothing in it holds itself. */
export function makeUnchanging(value: object): void {
  Object.freeze(value);
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (const member of members) {
    if (typeof member === 'object' && member !== null && !known.has(member)) makeUnchanging(member);
  }
}

/** The same for what others make something of: `isUnchanging` knows it then. To know everything would cost more than to freeze it. */
export function makeKnownUnchanging(value: object): void {
  if (known.has(value)) return;
  makeUnchanging(value);
  known.add(value);
}

/** Whether it is known that nothing of a value can change any more, so that what was made of it can be remembered by it. */
export function isUnchanging(value: object): boolean {
  return known.has(value);
}
