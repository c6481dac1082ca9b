import type { Entry } from 'ldapts';
import { toDirectoryEntry } from '../entry/directory-entry';
import { withWholeRanges } from './range-retrieval';

const dn = 'cn=large,dc=x';

function values(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `m${from + index}`);
}

/** Answers like Active Directory, as ldapts gives it: with the wanted name as an empty list beside the real one. */
function server(total: number, step: number) {
  const asked: string[] = [];
  const read = (_: string, wanted: string): Promise<Entry | undefined> => {
    asked.push(wanted);
    const from = Number(/range=(\d+)-/.exec(wanted)?.[1]);
    const to = Math.min(from + step, total) - 1;
    const last = to === total - 1 ? '*' : String(to);
    return Promise.resolve({ dn, [wanted]: [], [`member;range=${from}-${last}`]: values(from, to) });
  };
  return { asked, read };
}

describe('withWholeRanges', () => {
  it.each([
    [3000, 1500, 1],
    [5000, 1500, 3],
    [1501, 1500, 1],
  ])('reads %d values in steps of %d by %d further searches', async (total, step, searches) => {
    const { asked, read } = server(total, step);
    const first = { dn, member: [], [`Member;range=0-${step - 1}`]: values(0, step - 1), cn: 'large' };
    const entry = toDirectoryEntry(await withWholeRanges(first, read));
    expect(entry.texts('member')).toEqual(values(0, total - 1));
    expect(entry.text('cn')).toBe('large');
    expect(asked).toHaveLength(searches);
  });

  it('asks nothing where there is no range, or a whole one', async () => {
    const { asked, read } = server(10, 10);
    const entry = { dn, member: 'a', 'memberOf;range=0-*': ['b'] };
    expect(await withWholeRanges(entry, read)).toEqual(entry);
    expect(asked).toEqual([]);
  });

  it.each<[string, Entry | undefined]>([
    ['no entry', undefined],
    ['no value', { dn, 'member;range=2-*': [] }],
    ['no range', { dn, member: ['m2'] }],
    ['the same range again', { dn, 'member;range=0-1': ['m0', 'm1'] }],
    ['another attribute', { dn, 'memberOf;range=2-*': ['x'] }],
  ])('fails when the server gives %s', async (_, answer) => {
    const entry = { dn, 'member;range=0-1': ['m0', 'm1'] };
    await expect(withWholeRanges(entry, () => Promise.resolve(answer))).rejects.toMatchObject({
      name: 'TruncatedAnswer',
      kind: 'range',
    });
  });
});
