import type { Entry } from 'ldapts';
import { TruncatedAnswer } from './truncated-answer';

/** Reads one attribute, such as `member;range=1500-*`, of the entry with this DN. Undefined when there is no such entry. */
export type RangeReader = (dn: string, attribute: string) => Promise<Entry | undefined>;

interface Range {
  readonly attribute: string;
  /** Where the next range begins; undefined for the last one. */
  readonly next: number | undefined;
}

/** Active Directory gives 1500 values or more at a time; this many rounds are millions. */
const mostRounds = 5000;

/**
 * Active Directory cuts an attribute with many values and says so in its name, `member;range=0-1499` (MS-ADTS
 * 3.1.1.3.1.3.3). Reads the others until `member;range=…-*`.
 * @throws TruncatedAnswer when the rest cannot be read.
 */
export async function withWholeRanges(entry: Entry, read: RangeReader): Promise<Entry> {
  let whole = entry;
  for (const range of rangesOf(entry)) {
    for (const part of await furtherParts(entry.dn, range, read)) whole = { ...whole, ...part, dn: entry.dn };
  }
  return whole;
}

async function furtherParts(dn: string, first: Range, read: RangeReader): Promise<Entry[]> {
  const parts: Entry[] = [];
  let { next } = first;
  while (next !== undefined) {
    const wanted = `${first.attribute};range=${next}-*`;
    const part = await read(dn, wanted);
    const range = part && rangesOf(part).find(({ attribute }) => isSame(attribute, first.attribute));
    if (!part || !range || (range.next ?? Infinity) <= next || parts.length >= mostRounds) {
      throw new TruncatedAnswer('range', `the directory does not give ${wanted} of ${dn}`);
    }
    parts.push(part);
    next = range.next;
  }
  return parts;
}

function rangesOf(entry: Entry): Range[] {
  return Object.keys(entry).flatMap((description) => {
    // ldapts adds what was asked for and not given as an empty list, so that `range=1500-*` may stand beside the real one.
    if (!description.includes(';') || entry[description]?.length === 0) return noRanges;
    const [, attribute, last] = /^(.+);range=\d+-(\d+|\*)$/i.exec(description) ?? [];
    if (attribute === undefined || last === undefined) return noRanges;
    return [{ attribute, next: last === '*' ? undefined : Number(last) + 1 }];
  });
}

const noRanges: readonly Range[] = [];

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
