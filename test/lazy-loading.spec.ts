import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startGatewayProcess } from './support/gateway-process';
import { temporaryFolder } from './support/gateway';
import type { Variables } from './support/source-program';

/** Compiling all sources takes as long as the machine is busy. */
const startTimeoutMs = 90_000;

interface Account {
  readonly files: readonly string[];
  /** Bytes that the heap holds for objects that die young. */
  readonly youngBytes: number;
}

/** Preloaded into the gateway: at its end, writes down what it has loaded. */
const observer = (target: string) => `
  const { registerHooks } = require('node:module');
  const files = [];
  registerHooks({ load: (url, context, next) => { files.push(url); return next(url, context); } });
  const spaces = () => require('node:v8').getHeapSpaceStatistics();
  process.on('exit', () => {
    files.push(...Object.keys(require.cache));
    const youngBytes = spaces().find((space) => space.space_name === 'new_space').space_size;
    require('node:fs').writeFileSync(${JSON.stringify(target)}, [youngBytes, ...files].join('\\n'));
  });`;

/** What a gateway has loaded when it has become ready and answered these requests. */
async function accountOf(env: Variables, paths: readonly string[] = []): Promise<Account> {
  const folder = temporaryFolder();
  const [hook, target] = [join(folder, 'observer.cjs'), join(folder, 'account.json')];
  writeFileSync(hook, observer(target));
  const gateway = await startGatewayProcess({ ...env, NODE_OPTIONS: `--require=${hook}` });
  for (const path of paths) expect((await fetch(`${gateway.url}${path}`)).status).toBe(200);
  await gateway.stop();
  const [youngBytes, ...files] = readFileSync(target, 'utf8').split('\n');
  return { files, youngBytes: Number(youngBytes) };
}

const packageOf = (file: string) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
const packagesOf = ({ files }: Account) => new Set(files.map(packageOf));

describe('a gateway with users of its own', () => {
  let account: Account;

  beforeAll(async () => {
    account = await accountOf({ STRATEGIES: '' });
  }, startTimeoutMs);

  it('loads none of the libraries that other settings and requests need', () => {
    const loaded = packagesOf(account);
    const notNeeded = [
      ...[
        '@nestjs/swagger',
        'swagger-ui-dist',
        'js-yaml',
        'libphonenumber-js',
        'ldapts',
        'undici',
        'jose',
        'ioredis',
      ],
      ...['sm-crypto-v2', '@fastify/ajv-compiler', 'ajv', '@fastify/fast-json-stringify-compiler'],
    ];
    expect(loaded.has('@nestjs/core')).toBe(true);
    expect(notNeeded.filter((name) => loaded.has(name))).toEqual([]);
  });

  it('loads no dialect and no room of a source that it does not ask', () => {
    const ours = account.files.filter((file) => packageOf(file) === undefined);
    expect(ours.some((file) => file.includes('/src/strategies/file/'))).toBe(true);
    const rooms =
      /\/src\/(strategies\/(ldap|external)\/|stores\/redis[.-](store|connection)|compat\/[a-z-]+\/[a-z-]+\.(module|controller))/;
    expect(ours.filter((file) => rooms.test(file))).toEqual([]);
  });

  it('holds little memory for what dies young', () => {
    expect(account.youngBytes).toBeLessThanOrEqual(8 * 1024 * 1024);
  });
});

it(
  'what describes the API is loaded by a request for the description, not by one for its page',
  async () => {
    const [page, description] = await Promise.all([
      accountOf({}, ['/docs']),
      accountOf({}, ['/openapi.json']),
    ]);
    const isLoaded = (account: Account) => packagesOf(account).has('@nestjs/swagger');
    expect([isLoaded(page), isLoaded(description)]).toEqual([false, true]);
  },
  startTimeoutMs,
);
