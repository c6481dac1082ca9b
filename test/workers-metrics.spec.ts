import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePort } from './servers/process';
import { childrenOf } from './support/child-processes';
import { Client } from './support/client';
import { temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';
import { MetricsPage } from './support/metrics-page';
import { usersFileOfAlice } from './support/users-file';

const main = join(__dirname, '..', 'dist', 'main.js');
const password = 'correct horse battery';
let child: ChildProcess;
let url: string;
let metricsPort: number;

afterEach(() => {
  // A worker that is stopped does not see that its primary process has ended.
  for (const worker of childrenOf(child.pid ?? 0)) process.kill(worker, 'SIGKILL');
  child.kill('SIGKILL');
});

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  const own = { PATH: process.env['PATH'], PORT: '0', DATA_DIR: temporaryFolder(), WORKERS: '2' };
  const sources = { STRATEGIES: 'file', USERS_FILE: await usersFileOfAlice(password) };
  child = spawn(process.execPath, [main], { cwd: temporaryFolder(), env: { ...own, ...sources, ...env } });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await eventually(() => output.includes('ready on') || child.exitCode !== null, 60_000);
  url = /ready on (http:\S+) /.exec(output)?.[1] ?? '';
}

async function page(of: string): Promise<MetricsPage> {
  const answer = await new Client(of).request('/metrics', { headers: { connection: 'close' } });
  expect(answer.status).toBe(200);
  return new MetricsPage(answer.text);
}

const alive = { method: 'GET', route: '/health/live', status: '200' };
const startedAt = (of: MetricsPage) => of.value('process_start_time_seconds') ?? NaN;
const seen = (of: MetricsPage) => of.value('gatehouse_http_request_duration_seconds_count', alive);

async function askOften(times: number): Promise<void> {
  const client = new Client(url);
  const headers = { connection: 'close' };
  await Promise.all(Array.from({ length: times }, () => client.request('/health/live', { headers })));
}

describe('metrics with WORKERS', () => {
  it('tell of all workers in one scrape, whichever of them is asked', async () => {
    await start({});
    await askOften(40);
    const [first, second] = [await page(url), await page(url)];
    expect([seen(first), seen(second)]).toEqual([40, 40]);
    expect(first.value('gatehouse_workers')).toBe(2);
    expect(first.value('gatehouse_workers_silent')).toBe(0);
    expect(first.value('gatehouse_login_places')).toBe(128);
  }, 120_000);

  it('keep the counts of a worker that does not answer, and of one that has ended, on a port of their own as well', async () => {
    metricsPort = await freePort();
    await start({ METRICS_PORT: String(metricsPort) });
    const metrics = `http://127.0.0.1:${metricsPort}`;
    await askOften(20);
    const before = await page(metrics);
    expect(seen(before)).toBe(20);
    expect((await new Client(url).request('/metrics')).status).toBe(404);
    const [worker] = childrenOf(child.pid ?? 0);
    if (worker === undefined) throw new Error('there is no worker');
    process.kill(worker, 'SIGSTOP');
    const askedAtMs = performance.now();
    const left = await page(metrics);
    // It waits for two seconds; a scraper gives up after ten.
    expect(performance.now() - askedAtMs).toBeLessThan(9000);
    expect(left.value('gatehouse_workers')).toBe(2);
    expect(left.value('gatehouse_workers_silent')).toBe(1);
    expect(left.value('gatehouse_login_places')).toBe(64);
    expect([seen(left), startedAt(left)]).toEqual([20, startedAt(before)]);
    process.kill(worker, 'SIGKILL');
    await eventually(() => !childrenOf(child.pid ?? 0).includes(worker), 60_000);
    expect(seen(await page(metrics))).toBe(20);
    // The one that takes its place counts from zero, and on top of what there was.
    await eventually(async () => (await page(metrics)).value('gatehouse_login_places') === 128, 60_000);
    await askOften(3);
    await eventually(async () => seen(await page(metrics)) === 23, 60_000);
    expect(startedAt(await page(metrics))).toBeGreaterThan(startedAt(before));
  }, 120_000);

  it('outlive a worker that dies while it waits for them, and another that hangs', async () => {
    await start({});
    const [hanging, dying] = childrenOf(child.pid ?? 0);
    if (hanging === undefined || dying === undefined) throw new Error('there are no two workers');
    process.kill(hanging, 'SIGSTOP');
    const broken = new Client(url).request('/metrics').catch(() => 'broken');
    // What is answered afterwards shows that the scrape before it has been taken in.
    await askOften(5);
    process.kill(dying, 'SIGKILL');
    expect(await broken).toBe('broken');
    await eventually(async () => (await page(url).catch(() => undefined)) !== undefined, 60_000);
    process.kill(hanging, 'SIGCONT');
    await eventually(async () => (await page(url)).value('gatehouse_workers_silent') === 0, 60_000);
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  }, 120_000);
});
