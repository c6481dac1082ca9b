import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkedList, describeFile, listFileName, storeFile } from './backup-list';
import { Refused } from './command';

let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-backup-list-'));
  mkdirSync(join(folder, 'store'));
  writeFileSync(join(folder, storeFile), 'store');
  writeFileSync(join(folder, 'users.json'), '[]');
  const files = [await describeFile(folder, storeFile), await describeFile(folder, 'users.json')];
  write({ format: 1, madeAt: '2026-03-01T09:00:00.000Z', files });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(list: object): void {
  writeFileSync(join(folder, listFileName), JSON.stringify(list));
}

describe('the list of a back-up', () => {
  it('names the files that are there', async () => {
    const { files } = await checkedList(folder);
    expect(files.map(({ name, bytes }) => [name, bytes])).toEqual([
      [storeFile, 5],
      ['users.json', 2],
    ]);
  });

  it.each([
    ['a file was changed', () => writeFileSync(join(folder, 'users.json'), '{}')],
    ['a file was cut short', () => writeFileSync(join(folder, storeFile), 'sto')],
    ['a file is gone', () => rmSync(join(folder, 'users.json'))],
    ['the list is gone', () => rmSync(join(folder, listFileName))],
    ['the list is no JSON', () => writeFileSync(join(folder, listFileName), '{')],
    ['the list is endless', () => writeFileSync(join(folder, listFileName), ' '.repeat(70_000))],
    ['the list is of another format', () => write({ format: 2, madeAt: '', files: [] })],
    ['it lists no store', () => write({ format: 1, madeAt: '', files: [] })],
  ])('is refused when %s', async (_case, spoil) => {
    spoil();
    await expect(checkedList(folder)).rejects.toThrow(Refused);
  });

  it('is refused when a name leads out of the folder', async () => {
    writeFileSync(join(folder, 'outside'), '');
    const files = [
      await describeFile(folder, storeFile),
      { ...(await describeFile(folder, 'outside')), name: 'store/../outside' },
    ];
    write({ format: 1, madeAt: '', files });
    await expect(checkedList(folder)).rejects.toThrow(Refused);
  });
});
