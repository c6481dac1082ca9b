import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from './support/gateway';

const root = join(__dirname, '..');
const depcruise = join(root, 'node_modules', '.bin', 'depcruise');

function cruise(folder: string): { status: number | null; output: string } {
  const config = join(root, '.dependency-cruiser.cjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [depcruise, '--config', config, 'src'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

/** A tiny project with the given files, so that a rule can be seen to fire. */
function projectOf(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  copyFileSync(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const leaf = 'export const x = 1;\n';
const user = (from: string) => `import { x } from '${from}';\nexport const y = x;\n`;

describe('the import directions', () => {
  it('hold in src', () => {
    const { status, output } = cruise(root);
    expect(output).toContain('no dependency violations found');
    expect(status).toBe(0);
  });

  it.each([
    ['a strategy that reaches for a store', 'src/strategies/ldap/a.ts', 'src/stores/b.ts', '../../stores/b'],
    ['a store that reaches for a session', 'src/stores/a.ts', 'src/sessions/b.ts', '../sessions/b'],
    ['tokens that reach for sessions', 'src/tokens/a.ts', 'src/sessions/b.ts', '../sessions/b'],
    [
      'auth that reaches into one strategy',
      'src/auth/a.ts',
      'src/strategies/ldap/b.ts',
      '../strategies/ldap/b',
    ],
    [
      'one strategy that reaches into another',
      'src/strategies/ldap/a.ts',
      'src/strategies/file/b.ts',
      '../file/b',
    ],
    [
      'one dialect that reaches into another',
      'src/compat/django/a.ts',
      'src/compat/genauth/b.ts',
      '../genauth/b',
    ],
    ['common that reaches for config', 'src/common/a.ts', 'src/config/b.ts', '../config/b'],
  ])('refuse %s', (_case, from, to, specifier) => {
    const { status, output } = cruise(projectOf({ [from]: user(specifier), [to]: leaf }));
    expect(status).not.toBe(0);
    expect(output).toMatch(
      /error (\S+-imports-only-what-lies-below|(strategies|dialects)-know-nothing-of-each-other)/,
    );
  });

  it('refuse a barrel, a cycle, and a library outside its room', () => {
    const files = {
      'src/common/index.ts': leaf,
      'src/common/a.ts': "import { x } from './index';\nimport { c } from './c';\nexport const a = [x, c];\n",
      'src/common/c.ts': "import { a } from './a';\nexport const c: unknown = a;\n",
      'src/auth/d.ts': "import { Client } from 'ldapts';\nexport const d = Client;\n",
      'node_modules/ldapts/package.json': '{"name":"ldapts","version":"1.0.0","main":"index.js"}',
      'node_modules/ldapts/index.js': 'exports.Client = 1;\n',
      'package.json': '{"name":"planted","dependencies":{"ldapts":"1.0.0"}}',
    };
    const { output } = cruise(projectOf(files));
    for (const rule of ['no-barrels', 'no-cycles', 'ldapts-has-one-owner'])
      expect(output).toContain(`error ${rule}`);
  });
});
