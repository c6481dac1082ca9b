import { parsePointer, valueAt } from './json-pointer';

/** The document and the table of RFC 6901 section 5. */
const document: unknown = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};

function at(text: string): unknown {
  const pointer = parsePointer(text);
  if (!pointer) throw new Error('not a pointer');
  return valueAt(document, pointer);
}

describe('a JSON pointer', () => {
  it.each([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ])('%p reaches what RFC 6901 says', (text, expected) => {
    expect(at(text)).toEqual(expected);
  });

  it.each([
    '/nothing',
    '/foo/2',
    '/foo/-',
    '/foo/00',
    '/foo/length',
    '/foo/0/0',
    '/constructor',
    '/__proto__',
  ])('%p reaches nothing', (text) => {
    expect(at(text)).toBeUndefined();
  });

  it.each(['data/id', 'x', '/a~b', '/a~', '/a~2'])('%p is none', (text) => {
    expect(parsePointer(text)).toBeUndefined();
  });

  it('unescapes ~01 to ~1', () => {
    expect(parsePointer('/~01')).toEqual(['~1']);
  });
});
