/** What was made unchanging here, as a whole. Frozen alone says nothing of what is within. */
const known = new WeakSet<object>();

/** Freezes a value with all that it holds. */
export function makeUnchanging(value: unknown): void {
  if (typeof value !== 'object' || value === null || known.has(value)) return;
  Object.freeze(value);
  known.add(value);
  for (const member of Object.values(value)) makeUnchanging(member);
}

/** Whether nothing of a value can change any more, so that what was made of it can be remembered by it. */
export function isUnchanging(value: object): boolean {
  return known.has(value);
}
