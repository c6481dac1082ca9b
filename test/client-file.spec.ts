import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Chromium } from './servers/chromium';
import { portOf } from './servers/service-front';
import { clientBench, sso } from './support/client-bench';
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
  it('is what the sources make, at most 3 KiB as it travels', async () => {
    const folder = temporaryFolder();
    execFileSync(process.execPath, [join(root, 'scripts/build-client.js'), folder]);
    const asked = await client();
    const served = await asked.request(script);
    expect(served.text).toBe(readFileSync(join(folder, 'gatehouse.js'), 'utf8'));
    expect((await asked.request(types)).text).toBe(readFileSync(join(folder, 'gatehouse.d.ts'), 'utf8'));
    expect(gzipSync(served.text, { level: 9 }).length).toBeLessThanOrEqual(3072);
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
    const pages = await StrictPages.start();
    const bench = await clientBench({ env: { ALLOWED_ORIGINS: pages.origin } });
    const context = await chromium.visitor();
    const complaints: string[] = [];
    try {
      pages.gateway = bench.origin(sso);
      const page = await context.newPage();
      page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
      await page.goto(`${pages.origin}/`);
      await eventually(async () => (await page.title()) === 'nobody', 30_000);
      // The answer to a resume without a session is a 401, which browsers always put on the console.
      expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
    } finally {
      await context.close();
      await bench.stop();
      await pages.stop();
      await chromium.stop();
    }
  });
});

/** An application on an origin of its own, with the strictest policy that lets the client work. */
class StrictPages {
  /** Origin of the gateway. */
  gateway = '';

  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async start(): Promise<StrictPages> {
    const server = createServer((request, response) => pages.answer(request.url ?? '', response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const pages = new StrictPages(server, `http://127.0.0.1:${portOf(server.address())}`);
    return pages;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(path: string, response: ServerResponse): void {
    const isScript = path === '/app.js';
    const policy = `default-src 'none'; script-src 'self' ${this.gateway}; connect-src ${this.gateway}`;
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.setHeader('content-security-policy', policy);
    if (!isScript) return void response.end('<!doctype html><script type="module" src="/app.js"></script>');
    response.end(`import { createGatehouse } from '${this.gateway}${script}';
      const user = await createGatehouse({ baseUrl: '${this.gateway}' }).resume();
      document.title = user ? user.name : 'nobody';`);
  }
}
