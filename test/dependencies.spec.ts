import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { temporaryFolder } from './support/gateway';
import { objectOf } from './support/client';

const root = join(__dirname, '..');
const parsed = (path: string) => objectOf(JSON.parse(readFileSync(path, 'utf8')));

interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

async function run(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const child: ChildProcess = spawn(process.execPath, [join(root, 'scripts', script), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = await Promise.all([child.stdout ? text(child.stdout) : '', once(child, 'close')]);
  return { status: child.exitCode, output };
}

jest.setTimeout(120_000);

/** The packages that an install for production may bring, by the lock file. */
function productionPackages(): { path: string; name: string; entry: Readonly<Record<string, unknown>> }[] {
  return Object.entries(objectOf(parsed(join(root, 'package-lock.json'))['packages']))
    .map(([path, entry]) => ({
      path,
      name: path.split('node_modules/').at(-1) ?? '',
      entry: objectOf(entry),
    }))
    .filter(({ path, entry }) => path !== '' && entry['dev'] !== true);
}

describe('npm run deps:check', () => {
  type Edit = (packages: Record<string, unknown>) => void;

  /** What the check says of this project with another lock file. */
  function checked(edit: Edit, allowScripts?: object): Promise<Outcome> {
    const folder = temporaryFolder();
    const lock = parsed(join(root, 'package-lock.json'));
    const packages = { ...objectOf(lock['packages']) };
    edit(packages);
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages }));
    const manifest = parsed(join(root, 'package.json'));
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({
        ...manifest,
        ...(allowScripts && { allowScripts: { ...objectOf(manifest['allowScripts']), ...allowScripts } }),
      }),
    );
    mkdirSync(join(folder, 'docs'));
    cpSync(join(root, 'docs', 'dependencies.md'), join(folder, 'docs', 'dependencies.md'));
    return run('check-dependencies.js', [folder]);
  }

  const changing =
    (path: string, changes: object): Edit =>
    (packages) =>
      (packages[path] = { ...objectOf(packages[path]), ...changes });

  it('is content with this project', async () => {
    const { status, output } = await run('check-dependencies.js', []);
    expect([status, output]).toEqual([0, expect.stringContaining('are in order')]);
    expect((await checked(() => undefined)).status).toBe(0);
  });

  it.each<[string, Edit, string]>([
    [
      'an install script',
      changing('node_modules/rxjs', { hasInstallScript: true }),
      'rxjs has an install script',
    ],
    ['no hash', changing('node_modules/jest', { integrity: undefined }), 'node_modules/jest has no SHA-512'],
    [
      'a weak hash',
      changing('node_modules/jose', { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }),
      'node_modules/jose has no SHA-512',
    ],
    [
      'an address',
      changing('node_modules/jose', { resolved: 'https://packages.example/jose.tgz' }),
      'address of its own',
    ],
    [
      'a repository',
      changing('node_modules/jose', { version: 'git+ssh://git@example/jose.git#1' }),
      'no release',
    ],
    ['a link', changing('node_modules/jose', { link: true }), 'no release'],
    ['another licence', changing('node_modules/jose', { license: 'AGPL-3.0-only' }), 'AGPL-3.0-only'],
    ['no licence', changing('node_modules/jose', { license: undefined }), 'licence none'],
    ['a choice of none', changing('node_modules/jose', { license: '(GPL-2.0 OR SSPL-1.0)' }), 'GPL-2.0'],
    [
      'two licences at once',
      changing('node_modules/jose', { license: 'GPL-3.0-only AND MIT' }),
      'GPL-3.0-only',
    ],
    [
      'a choice within an obligation',
      changing('node_modules/jose', { license: '(GPL-3.0-only AND (ISC OR MIT OR 0BSD))' }),
      'GPL-3.0-only',
    ],
    [
      'an obligation of a choice',
      changing('node_modules/jose', { license: '(MIT OR ISC AND GPL-3.0-only)' }),
      'GPL-3.0-only',
    ],
    [
      'a row of a package that is gone',
      changing('node_modules/lmdb', { hasInstallScript: false }),
      'lmdb stands in',
    ],
  ])('refuses %s', async (_case, edit, words) => {
    const { status, output } = await checked(edit);
    expect([status, output]).toEqual([1, expect.stringContaining(words)]);
  });

  it('leaves licences of development packages to them, and takes one of a choice', async () => {
    const edit: Edit = (packages) => {
      changing('node_modules/jest', { license: 'GPL-3.0-only' })(packages);
      changing('node_modules/jose', { license: '(WTFPL OR MIT)' })(packages);
    };
    expect((await checked(edit)).status).toBe(0);
  });

  it('refuses a script that may run', async () => {
    for (const name of ['lmdb', 'jose']) {
      const { status, output } = await checked(() => undefined, { [name]: true });
      expect([status, output]).toEqual([1, expect.stringContaining(`${name} may run its install script`)]);
    }
  });
});

describe('npm run audit:production', () => {
  /** A registry that answers questions for vulnerabilities in one way. Gives what the script makes of it. */
  async function audited(answer: (asked: string[], response: ServerResponse) => void): Promise<Outcome> {
    const server = createServer((request, response) => {
      if (request.method !== 'POST') return void response.writeHead(404).end('{}');
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => answer(questionOf(request.headers['content-encoding'], chunks), response));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const outcome = await run('audit-production.js', [], {
      npm_config_registry: `http://127.0.0.1:${port}/`,
    });
    server.closeAllConnections();
    server.close();
    return outcome;
  }

  function questionOf(encoding: string | undefined, chunks: readonly Buffer[]): string[] {
    const bytes = Buffer.concat(chunks);
    const body = encoding === 'gzip' ? gunzipSync(bytes) : bytes;
    return Object.keys(objectOf(JSON.parse(body.toString())));
  }

  const advice = (name: string) => ({
    [name]: [
      {
        ...{ id: 1, url: 'https://advisories.example/1', title: 'A hole', severity: 'low' },
        ...{ vulnerable_versions: '>=0.0.0', cwe: [], cvss: { score: 0, vectorString: null } },
      },
    ],
  });
  const reply = (response: ServerResponse, body: object) =>
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));

  it('asks for every production package, and is content when there is nothing against them', async () => {
    let asked: string[] = [];
    const { status, output } = await audited((names, response) => {
      asked = names;
      reply(response, {});
    });
    expect([status, output]).toEqual([0, 'no known vulnerability\n']);
    const expected = new Set(productionPackages().map(({ name }) => name));
    expect([...expected].filter((name) => !asked.includes(name))).toEqual([]);
  });

  it.each(['jose', '@nestjs/common', 'lmdb'])('fails for the lowest finding in %s', async (name) => {
    const { status, output } = await audited((_names, response) => reply(response, advice(name)));
    expect([status, output]).toEqual([1, expect.stringContaining(`low: ${name}`)]);
  });

  it('leaves development packages alone', async () => {
    expect((await audited((_names, response) => reply(response, advice('jest')))).status).toBe(0);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['a registry without such an endpoint', (response) => response.writeHead(405).end()],
    ['an outage', (response) => response.writeHead(503).end('{"error":"down"}')],
    ['a page of HTML', (response) => response.writeHead(200).end('<html>')],
    ['a cut connection', (response) => response.destroy()],
  ])('takes no comfort from %s', async (_case, answer) => {
    const { status, output } = await audited((_names, response) => answer(response));
    expect([status, output]).toEqual([2, expect.stringContaining('NOT AUDITED')]);
  });
});

describe('npm run sbom', () => {
  it('lists every production package of the lock file with version, licence and hash, and nothing else', async () => {
    const place = join(temporaryFolder(), 'sbom.json');
    expect((await run('write-sbom.js', [place])).status).toBe(0);
    const bill = parsed(place);
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'gatehouse' } } });
    const listed: readonly unknown[] = Array.isArray(bill['components']) ? bill['components'] : [];
    const rows = listed
      .map(objectOf)
      .map(({ name, version, licenses, hashes }) => ({ name, version, licenses, hashes }));
    const wanted = new Set(
      productionPackages().map(({ name, entry }) => `${name}@${String(entry['version'])}`),
    );
    expect(rows.map(({ name, version }) => `${String(name)}@${String(version)}`).sort()).toEqual(
      [...wanted].sort(),
    );
    expect(rows.filter(({ licenses, hashes }) => JSON.stringify([licenses, hashes]).includes('[]'))).toEqual(
      [],
    );
    expect(wanted.size).toBeGreaterThan(150);
  });
});

describe('the image', () => {
  it('is built without running scripts of dependencies, from the lock file', () => {
    const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').split('\n');
    const installs = lines.filter((line) => /npm (ci|install|i)\b/.test(line));
    expect(installs.length).toBeGreaterThan(0);
    expect(installs.filter((line) => !line.includes('npm ci'))).toEqual([]);
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toContain('strict-allow-scripts=true');
  });
});

describe('.ci/run', () => {
  it.each([
    [0, undefined, 0, false],
    [1, undefined, 1, false],
    [2, undefined, 0, true],
    [2, 'true', 1, false],
  ])(
    'after an audit that ends with %i, AUDIT_REQUIRED=%s, ends with %i',
    async (audit, required, status, isLoud) => {
      const folder = temporaryFolder();
      mkdirSync(join(folder, 'bin'));
      mkdirSync(join(folder, '.ci'));
      cpSync(join(root, '.ci', 'run'), join(folder, '.ci', 'run'));
      const npm = `#!/bin/sh\ncase "$*" in *audit:production*) exit ${audit};; esac\n`;
      writeFileSync(join(folder, 'bin', 'npm'), npm, { mode: 0o755 });
      const { AUDIT_REQUIRED: _own, ...rest } = process.env;
      const env = {
        ...rest,
        PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
        ...(required && { AUDIT_REQUIRED: required }),
      };
      const outcome = await new Promise<Outcome>((resolve) => {
        const child = execFile('bash', [join(folder, '.ci', 'run')], { env }, (_error, output) =>
          resolve({ status: child.exitCode, output }),
        );
      });
      expect([outcome.status, outcome.output.includes('NOT AUDITED')]).toEqual([status, isLoud]);
    },
  );
});
