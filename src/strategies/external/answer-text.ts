import { type JsonPointer, valueAt } from '../../common/json-pointer';

/** Longer names, addresses and ids are nobody's. */
export const longestText = 256;

/** The first usable text at one of the places. */
export function textAt(document: unknown, places: readonly JsonPointer[]): string | undefined {
  return places.map((place) => shortTextOf(valueAt(document, place))).find((text) => text !== undefined);
}

/** The usable texts of the first place that holds anything: a list, or one text. */
export function textsAt(document: unknown, places: readonly JsonPointer[]): readonly string[] {
  const value = places.map((place) => valueAt(document, place)).find((found) => found !== undefined);
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return [...new Set(items.flatMap((item) => shortTextOf(item) ?? []))];
}

/** Services write ids as texts or as numbers. Blank texts say nothing. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** A text that is too long is left out: a cut name or address would be a wrong one. */
function shortTextOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && text.length <= longestText ? text : undefined;
}
