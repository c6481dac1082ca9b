import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Chromium } from './servers/chromium';
import { app, clientBench, sso } from './support/client-bench';
import { Client } from './support/client';
import { eventually } from './support/ldap-logins';
import { type RunningGateway, startGateway, temporaryFolder } from './support/gateway';

jest.setTimeout(180_000);

const root = join(__dirname, '..');
const script = '/client/gatehouse.js';
const types = '/client/gatehouse.d.ts';

let gateway: RunningGateway | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

async function client(env: Readonly<Record<string, string>> = {}): Promise<Client> {
  gateway = await startGateway(env);
  return new Client(gateway.url);
}

const relay = {
  STRATEGIES: 'external',
  EXTERNAL_AUTH_MODE: 'relay',
  EXTERNAL_AUTH_URL: 'http://127.0.0.1:9',
  JWT_ISSUER: 'https://auth.example.org',
  JWT_AUDIENCE: 'app',
  EXTERNAL_AUTH_JWKS_URL: 'http://127.0.0.1:9/jwks',
};

describe('the client', () => {
  it('is what the sources make, under 3 KB as it travels', async () => {
    const folder = temporaryFolder();
    execFileSync(process.execPath, [join(root, 'scripts/build-client.js'), folder]);
    const asked = await client();
    const served = await asked.request(script);
    expect(served.text).toBe(readFileSync(join(folder, 'gatehouse.js'), 'utf8'));
    expect((await asked.request(types)).text).toBe(readFileSync(join(folder, 'gatehouse.d.ts'), 'utf8'));
    expect(gzipSync(served.text, { level: 9 }).length).toBeLessThan(3000);
    expect(served.text).not.toMatch(/\bimport\b|sourceMappingURL/);
  });

  it('comes with types that a strict compiler takes as they are', async () => {
    const folder = temporaryFolder();
    const asked = await client();
    for (const path of [script, types]) {
      writeFileSync(join(folder, path.replace('/client/', '')), (await asked.request(path)).text);
    }
    const use = `import { createGatehouse, GatehouseError, type GatehouseUser } from './gatehouse.js';
      const gatehouse = createGatehouse({ baseUrl: 'https://sso.example.org', apiOrigins: ['/'] });
      gatehouse.on('login', (user: GatehouseUser | undefined) => console.log(user?.name));
      const stop: () => void = gatehouse.on('session-ended', ({ code, retryAfterSeconds }) => console.log(code, retryAfterSeconds));
      const plain: typeof fetch = gatehouse.fetch;
      export async function main(): Promise<string | undefined> {
        try {
          const { password } = await gatehouse.login({ username: 'a', password: 'b' });
          if (password?.must_change) await plain('/x');
        } catch (error) {
          if (error instanceof GatehouseError) return error.fields[0]?.campo;
        }
        stop();
        // @ts-expect-error there is no such event
        gatehouse.on('nothing', () => undefined);
        return (await gatehouse.resume())?.sub;
      }`;
    writeFileSync(join(folder, 'use.ts'), use);
    const options = ['--strict', '--noEmit', '--skipLibCheck', 'false', '--lib', 'es2022,dom,dom.iterable'];
    const target = ['--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler'];
    const compiler = require.resolve('typescript/bin/tsc');
    const checked = spawnSync(process.execPath, [compiler, ...options, ...target, 'use.ts'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(checked.stdout).toBe('');
    expect(checked.status).toBe(0);
  });

  it.each([
    ['by default', {}],
    ['without pages', { PAGES: 'false' }],
    ['in relay mode', relay],
    ['with ALLOWED_ORIGINS', { ALLOWED_ORIGINS: 'https://app.example.org' }],
  ])('is there %s, for pages of any origin, to be asked for again by its tag', async (_which, env) => {
    const asked = await client(env);
    for (const [path, type] of [
      [script, 'text/javascript; charset=utf-8'],
      [types, 'application/typescript; charset=utf-8'],
    ] as const) {
      for (const origin of ['https://app.example.org', 'https://elsewhere.example.net']) {
        const { status, headers } = await asked.request(path, { headers: { origin } });
        expect([status, headers.get('content-type')]).toEqual([200, type]);
        expect(headers.get('cache-control')).toBe('public, max-age=600');
        expect(headers.get('access-control-allow-origin')).toBe('*');
        expect(headers.get('access-control-allow-credentials') ?? headers.get('vary')).toBeNull();
        expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        const again = await asked.request(path, { headers: { 'if-none-match': headers.get('etag') ?? '' } });
        expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', headers.get('etag')]);
        expect((await asked.request(path, { method: 'HEAD' })).status).toBe(200);
      }
    }
    expect((await asked.request('/client/gatehouse.map')).status).toBe(404);
  });

  it('runs under the policy that its documentation names', async () => {
    const chromium = await Chromium.start();
    const bench = await clientBench();
    const context = await chromium.visitor();
    const complaints: string[] = [];
    try {
      const page = await context.newPage();
      page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
      const from = bench.origin(sso);
      const policy = `default-src 'none'; script-src 'self' ${from}; connect-src ${from}`;
      const body = `<!doctype html><title>app</title><script type="module" src="/app.js"></script>`;
      const address = `${bench.origin(app)}/strict`;
      await page.route(address, (route) =>
        route.fulfill({ contentType: 'text/html', headers: { 'content-security-policy': policy }, body }),
      );
      await page.route(`${bench.origin(app)}/app.js`, (route) =>
        route.fulfill({
          contentType: 'text/javascript',
          body: `import { createGatehouse } from '${from}${script}';
            const gatehouse = createGatehouse({ baseUrl: '${from}' });
            gatehouse.resume().then((user) => { document.title = user ? 'in' : 'out'; });`,
        }),
      );
      await page.goto(address);
      await eventually(async () => (await page.title()) === 'out', 30_000);
      // The answer to a resume without a session is a 401, which browsers always put on the console.
      expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
    } finally {
      await context.close();
      await bench.stop();
      await chromium.stop();
    }
  });
});
