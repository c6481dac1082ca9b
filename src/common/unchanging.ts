/** What was made unchanging here, as a whole. Frozen alone says nothing of what is within. */
const known = new WeakSet<object>();

/** Freezes a value with all that it holds. By the value and its members it can be told later that they were; by what lies deeper not. */
export function makeUnchanging(value: unknown): void {
  if (!isObject(value) || known.has(value)) return;
  known.add(value);
  Object.freeze(value);
  for (const member of Object.values(value)) {
    if (!isObject(member) || known.has(member)) continue;
    known.add(member);
    freezeWhole(member, new Set([value]));
  }
}

/** Whether nothing of a value can change any more, so that what was made of it can be remembered by it. */
export function isUnchanging(value: object): boolean {
  return known.has(value);
}

/** @param seen what it may hold itself */
function freezeWhole(value: object, seen: Set<object>): void {
  Object.freeze(value);
  for (const member of Object.values(value)) {
    if (!isObject(member) || seen.has(member)) continue;
    seen.add(value);
    freezeWhole(member, seen);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
