import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorDefinitions } from '../src/common/error-codes';
import { renderConfigurationPage, renderEnvExample } from '../src/config/settings-docs';

const root = join(__dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

function markdownFiles(folder = root): string[] {
  const skipped = ['node_modules', 'dist', '.git', '.test-cache', 'data', 'coverage'];
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (skipped.includes(name)) return [];
    if (statSync(path).isDirectory()) return markdownFiles(path);
    return name.endsWith('.md') ? [path] : [];
  });
}

describe('the documentation of the settings', () => {
  it('is what the settings say (npm run docs:settings writes it)', () => {
    expect(read('.env.example')).toBe(renderEnvExample());
    expect(read('docs/configuration.md')).toBe(renderConfigurationPage());
  });
});

describe('docs/errors.md', () => {
  it('lists exactly the codes of the gateway with their status and texts', () => {
    const rows = [...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)` *\| (\d+) *\| (.+?) *\| (.+?) *\|/gm)];
    const listed: Record<string, object> = {};
    for (const [, code = '', status, es, en] of rows)
      listed[code] = { status: Number(status), text: { es, en } };
    expect(listed).toEqual(errorDefinitions);
  });
});

describe('docs/architecture.md', () => {
  it('names only files and folders that exist, and every room', () => {
    const page = read('docs/architecture.md');
    const named = [...page.matchAll(/(?:src|test|docs|scripts)\/[\w./-]*[\w/]/g)].map((match) => match[0]);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    const rooms = readdirSync(join(root, 'src')).filter((name) =>
      statSync(join(root, 'src', name)).isDirectory(),
    );
    expect(rooms.filter((room) => !page.includes(`src/${room}/`))).toEqual([]);
  });

  it('stands beside a paragraph for each room', () => {
    const rooms = readdirSync(join(root, 'src')).filter((name) =>
      statSync(join(root, 'src', name)).isDirectory(),
    );
    expect(rooms.filter((room) => !existsSync(join(root, 'src', room, 'README.md')))).toEqual([]);
  });
});

describe('links in the documentation', () => {
  it('lead somewhere', () => {
    const broken = markdownFiles().flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map((match) => join(dirname(file), match[1] ?? ''))
        .filter((target) => !existsSync(target)),
    );
    expect(broken).toEqual([]);
  });
});
