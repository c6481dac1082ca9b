import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(__dirname, '..');
const page = readFileSync(join(root, 'docs', 'security.md'), 'utf8');

/** Clauses of OWASP ASVS 5.0.0 with their level. Of level 3, those that have a row are listed too. */
const clauses: Readonly<Record<1 | 2 | 3, string>> = {
  1: `3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 3.5.2 3.5.3 6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2
    7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2 9.1.1 9.1.2 9.1.3 9.2.1 10.4.1 10.4.2 10.4.3 10.4.4 10.4.5`,
  2: `3.3.2 3.3.3 3.3.4 3.4.3 3.4.4 3.4.5 3.4.6 3.5.4 3.5.5 3.7.1 3.7.2 6.1.2 6.1.3 6.2.9 6.2.10 6.2.11 6.2.12 6.3.3 6.3.4 6.4.3
    6.4.4 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.1 6.6.2 6.6.3 6.8.1 6.8.2 6.8.3 6.8.4 7.1.1 7.1.2 7.1.3 7.3.1 7.3.2 7.4.3 7.4.4 7.4.5
    7.5.1 7.5.2 7.6.1 7.6.2 9.2.2 9.2.3 9.2.4 10.1.1 10.1.2 10.2.1 10.2.2 10.3.1 10.3.2 10.3.3 10.3.4 10.4.6 10.4.7 10.4.8 10.4.9
    10.4.10 10.4.11 10.5.1 10.5.2 10.5.3 10.5.4 10.5.5 10.6.1 10.6.2 10.7.1 10.7.2 10.7.3`,
  3: `3.1.1 3.2.3 3.3.5 3.4.7 3.4.8 3.5.6 3.5.7 3.5.8 3.6.1 3.7.3 3.7.4 3.7.5 6.3.5 6.3.6 6.3.7 6.3.8 6.4.5 6.4.6 7.5.3 10.3.5 10.4.12
    10.4.13 10.4.14 10.4.15 10.4.16`,
};
const numbersOf = (level: 1 | 2 | 3) => clauses[level].split(/\s+/);

interface Row {
  readonly clause: string;
  readonly level: string;
  readonly state: string;
  readonly how: string;
  readonly shownBy: string;
}

const rows = [...page.matchAll(/^\| (\d+\.\d+\.\d+) +\|(.+)\|$/gm)].map(([, clause = '', rest = '']): Row => {
  const [level = '', state = '', how = '', shownBy = ''] = rest.split('|').map((cell) => cell.trim());
  return { clause, level, state, how, shownBy };
});

/** Each spec file that the page names, with the words of its tests that stand beside it; undefined where none do. */
const named = [...page.matchAll(/`((?:test|src)\/[\w./-]+\.spec\.ts)`(?: "([^"]+)")?/g)].map(
  ([, file = '', words]) => ({ file, words }),
);

/** What the tests of a file are called: their titles, and the cases that tables give them. */
function titlesIn(file: string): string[] {
  return titlesOf(readFileSync(join(root, file), 'utf8'));
}

function titlesOf(text: string): string[] {
  const source = ts.createSourceFile('one.spec.ts', text, ts.ScriptTarget.Latest, true);
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    // What is left out shows nothing, nor does anything in it.
    if (ts.isCallExpression(node) && isLeftOut(node.expression)) return;
    if (ts.isCallExpression(node) && isTest(node.expression)) {
      titles.push(...textsIn(node.arguments[0]), ...textsIn(node.expression));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return titles;
}

const groups = ['describe', 'fdescribe', 'xdescribe'];
const tests = ['it', 'test', 'xit', 'xtest', 'fit'];

/** The words of a callee: `it.each(…)` and `` it.each`…` `` are `it` and `each`. */
function wordsOf(callee: ts.Expression): readonly string[] {
  if (ts.isIdentifier(callee)) return [callee.text];
  if (ts.isPropertyAccessExpression(callee)) return [...wordsOf(callee.expression), callee.name.text];
  if (ts.isCallExpression(callee)) return wordsOf(callee.expression);
  return ts.isTaggedTemplateExpression(callee) ? wordsOf(callee.tag) : [];
}

/** `it(…)`, `test(…)`, and what `it.each(…)` gives. */
function isTest(callee: ts.Expression): boolean {
  const [name = '', ...more] = wordsOf(callee);
  const isWhole = !ts.isPropertyAccessExpression(callee);
  return ['it', 'test'].includes(name) && isWhole && more.every((word) => word === 'each');
}

/** A test or a group of them with anything but `.each`: `skip`, `todo`, `failing`, `only`. */
function isLeftOut(callee: ts.Expression): boolean {
  const [name = '', ...more] = wordsOf(callee);
  if (![...groups, ...tests].includes(name)) return false;
  return !['describe', 'it', 'test'].includes(name) || more.some((word) => word !== 'each');
}

function textsIn(node: ts.Node | undefined): string[] {
  if (!node) return [];
  const texts: string[] = [];
  const visit = (part: ts.Node): void => {
    if (ts.isStringLiteralLike(part)) texts.push(part.text);
    ts.forEachChild(part, visit);
  };
  visit(node);
  return texts;
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (statSync(join(root, path)).isDirectory()) return sourcesBelow(path);
    return path.endsWith('.ts') && !path.endsWith('.spec.ts') ? [path] : [];
  });
}

describe('what counts as a test', () => {
  it.each([
    ["it('a', run)", ['a']],
    ["test('a', run)", ['a']],
    ["describe('b', () => { it('a', run); })", ['a']],
    ["describe.each([1])('b', () => it.each(['c'])('a', run))", ['a', 'c']],
    ["it.skip('a', run)", []],
    ["it.todo('a')", []],
    ["it.failing('a', run)", []],
    ["it.only('a', run)", []],
    ["it.skip.each(['c'])('a', run)", []],
    ["it.failing.each(['c'])('a', run)", []],
    ["xit('a', run)", []],
    ["xtest('a', run)", []],
    ["describe.skip('b', () => { it('a', run); })", []],
    ["describe.skip.each([1])('b', () => { it('a', run); })", []],
    ["xdescribe('b', () => { it('a', run); })", []],
  ])('in %s', (text, titles) => expect(titlesOf(text)).toEqual(titles));
});

describe('docs/security.md', () => {
  it('has one row for each clause, with its level', () => {
    const levels = new Map(
      ([1, 2, 3] as const).flatMap((level) => numbersOf(level).map((n) => [n, `${level}`])),
    );
    expect(rows.map(({ clause }) => clause).sort()).toEqual([...levels.keys()].sort());
    expect(rows.filter(({ clause, level }) => levels.get(clause) !== level)).toEqual([]);
  });

  it('says of each clause how it is met, or why it is not', () => {
    const states = ['met', 'by setting', 'partly', 'not met', 'does not apply'];
    expect(rows.filter(({ state }) => !states.includes(state))).toEqual([]);
    const claimed = rows.filter(({ state }) => states.indexOf(state) < 3);
    const proof = /`(?:test|src)\/[\w./-]+\.spec\.ts`|`docs\/[\w-]+\.md`|\]\([^)]+\)/;
    expect(claimed.filter(({ how, shownBy }) => how.length < 4 || !proof.test(shownBy))).toEqual([]);
    const others = rows.filter(({ state }) => states.indexOf(state) >= 3);
    expect(others.filter(({ shownBy }) => shownBy.length < 8)).toEqual([]);
    expect(claimed.length).toBeGreaterThan(50);
  });

  it('names only tests that there are', () => {
    const titles = new Map<string, string[]>();
    const missing = named.filter(({ file, words }) => {
      if (!existsSync(join(root, file))) return true;
      if (words === undefined) return false;
      const known = titles.get(file) ?? titlesIn(file);
      titles.set(file, known);
      return !known.includes(words);
    });
    expect(missing).toEqual([]);
    expect(named.length).toBeGreaterThan(80);
  });

  it('names only documents that there are', () => {
    const documents = [...page.matchAll(/`(docs\/[\w/-]+\.md)`/g)].map(([, path = '']) => path);
    expect(documents.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, text = '']) => anchorOf(text));
    const anchors = [...page.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor = '']) => anchor);
    expect(anchors.filter((anchor) => !headings.includes(anchor))).toEqual([]);
  });

  it('names every way in that the code has', () => {
    const section = page.slice(page.indexOf('## Ways in'), page.indexOf('## How long sessions live'));
    const listed = [...section.matchAll(/^\| POST .*`(src\/[\w./-]+\.ts)` *\|$/gm)].map(
      ([, file = '']) => file,
    );
    const counted = sourcesBelow('src').flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return [...text.matchAll(/@RateLimit\('login'\)/g)].map(() => file);
    });
    expect(listed.sort()).toEqual(counted.sort());
  });
});

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .trim()
    .replaceAll(' ', '-');
}
