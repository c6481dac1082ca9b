import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { refreshOutcomes, throttleLimits, timedOutcomes } from '../src/common/instruments';
import { allDefinitions } from '../src/ops/metrics/definitions';
import { Telemetry } from '../src/ops/telemetry';
import { Client, cookieOf, textOf } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';
import { MetricsPage } from './support/metrics-page';

const token = 'token-of-the-scraper-0123';
const bearer = { authorization: `Bearer ${token}` };
const running: RunningGateway[] = [];

afterEach(() => Promise.all(running.splice(0).map((gateway) => gateway.stop())));

async function start(env: Readonly<Record<string, string>> = {}): Promise<RunningGateway> {
  const gateway = await startGateway(env);
  running.push(gateway);
  return gateway;
}

async function pageOf({ url }: Pick<RunningGateway, 'url'>): Promise<MetricsPage> {
  const answer = await new Client(url).request('/metrics');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return new MetricsPage(answer.text);
}

describe('/metrics', () => {
  it('counts logins, refreshes, sessions and what limits turn away', async () => {
    const gateway = await start({ RATE_LIMIT_AUTH_MAX: '3', REFRESH_GRACE_SECONDS: '0' });
    const client = new Client(gateway.url);
    const login = await client.login('demo', gateway.demoPassword);
    await client.login('demo', 'wrong');
    const refreshed = await client.refresh(cookieOf(login));
    await client.refresh(cookieOf(refreshed));
    await client.refresh('refreshToken=forged');
    await client.refresh('unrelated=1');
    const second = await client.login('demo', gateway.demoPassword);
    await client.logout(cookieOf(second));
    expect((await client.login('demo', gateway.demoPassword)).status).toBe(429);
    expect((await client.login('demo', gateway.demoPassword)).status).toBe(429);
    gateway.clock.advance(60_000);
    await client.refresh(cookieOf(login));
    const page = await pageOf(gateway);
    const logins = (outcome: string) =>
      page.value('gatehouse_logins_total', { door: 'native', strategy: 'file', outcome });
    expect([logins('success'), logins('refused')]).toEqual([2, 1]);
    expect(page.value('gatehouse_refreshes_total', { outcome: 'success' })).toBe(2);
    expect(page.value('gatehouse_refreshes_total', { outcome: 'refused' })).toBe(1);
    expect(page.value('gatehouse_refreshes_total', { outcome: 'reused' })).toBe(1);
    expect(page.value('gatehouse_refreshes_total', { outcome: 'absent' })).toBe(1);
    expect(page.value('gatehouse_refreshes_total', { outcome: 'unavailable' })).toBe(0);
    expect(page.value('gatehouse_sessions_opened_total')).toBe(2);
    expect(page.value('gatehouse_sessions_ended_total', { reason: 'logout' })).toBe(1);
    expect(page.value('gatehouse_sessions_ended_total', { reason: 'reuse' })).toBe(1);
    expect(page.value('gatehouse_throttled_total', { limit: 'login' })).toBe(2);
    expect(page.series('gatehouse_throttled_total').map(({ labels }) => labels['limit'])).toEqual([
      ...throttleLimits,
    ]);
  });

  it('times requests by their routes and operations of the store, and reads what the process knows', async () => {
    const gateway = await start();
    const client = new Client(gateway.url);
    const login = await client.login('demo', gateway.demoPassword);
    await client.me(textOf(login.data, 'access_token'));
    await client.request('/of/no/route?password=typed');
    await client.request('/api/auth/sessions/some-session', { method: 'DELETE' });
    const page = await pageOf(gateway);
    const requests = (method: string, route: string, status: string) =>
      page.value('gatehouse_http_request_duration_seconds_count', { method, route, status });
    expect(requests('POST', '/api/auth/login', '200')).toBe(1);
    expect(requests('GET', '/api/auth/me', '200')).toBe(1);
    expect(requests('GET', '(none)', '404')).toBe(1);
    expect(requests('DELETE', '/api/auth/sessions/:id', '401')).toBe(1);
    expect(page.text).not.toContain('some-session');
    const created = { operation: 'create', outcome: 'ok' };
    expect(page.value('gatehouse_store_operation_duration_seconds_count', created)).toBeGreaterThan(0);
    expect(page.value('gatehouse_login_places')).toBe(64);
    expect(page.value('gatehouse_login_places_in_use')).toBe(0);
    expect(page.value('gatehouse_audit_lines_lost_total')).toBe(0);
    const dueAt = page.value('gatehouse_keys_signing_expires_at_seconds') ?? 0;
    expect(dueAt).toBeGreaterThan(gateway.clock.nowSeconds());
    const [build] = page.series('gatehouse_build_info');
    expect(build).toMatchObject({ value: 1, labels: { node: process.version } });
    expect(page.types).toMatchObject({
      process_resident_memory_bytes: 'gauge',
      nodejs_eventloop_lag_seconds: 'gauge',
      nodejs_gc_duration_seconds: 'histogram',
    });
  });

  it('has buckets that hold those before them', async () => {
    const gateway = await start();
    await new Client(gateway.url).request('/health/live');
    const page = await pageOf(gateway);
    const buckets = page
      .series('gatehouse_http_request_duration_seconds_bucket')
      .filter(({ labels }) => labels['route'] === '/health/live')
      .map(({ value }) => value);
    expect(buckets).toHaveLength(15);
    expect(buckets).toEqual([...buckets].sort((one, other) => one - other));
    expect(buckets.at(-1)).toBe(1);
  });

  it('is there for this machine, and for nobody for whom a proxy speaks', async () => {
    const gateway = await start();
    const client = new Client(gateway.url);
    const unknown = await client.request('/no-such-route');
    for (const header of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip', 'x-forwarded-host']) {
      const answer = await client.request('/metrics', { headers: { [header]: '127.0.0.1' } });
      expect([header, answer.status, answer.body['code']]).toEqual([header, 404, unknown.body['code']]);
    }
    expect((await client.request('/metrics')).status).toBe(200);
  });

  it('takes no proxy on this machine for this machine', async () => {
    const gateway = await start({ TRUSTED_PROXIES: '127.0.0.0/8', METRICS_TOKEN: token });
    const client = new Client(gateway.url);
    expect((await client.request('/metrics')).status).toBe(404);
    expect((await client.request('/metrics', { headers: bearer })).status).toBe(200);
    for (const authorization of [
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      `Basic ${token}`,
      'Bearer ',
    ]) {
      expect((await client.request('/metrics', { headers: { authorization } })).status).toBe(404);
    }
  });

  it('asks for the token of METRICS_TOKEN even where a proxy speaks, and takes it', async () => {
    const gateway = await start({ METRICS_TOKEN: token });
    const headers = { ...bearer, 'x-forwarded-for': '192.0.2.1' };
    expect((await new Client(gateway.url).request('/metrics', { headers })).status).toBe(200);
  });

  it('collects once however many ask at the same time', async () => {
    const gateway = await start();
    const { scrapes, instruments } = gateway.app.get(Telemetry, { strict: false });
    const figures = jest.spyOn(instruments, 'figures');
    const pages = await Promise.all(Array.from({ length: 10 }, () => scrapes.page()));
    expect(new Set(pages).size).toBe(1);
    expect(figures).toHaveBeenCalledTimes(1);
  });
});

describe('METRICS_PORT', () => {
  async function ownPort(env: Readonly<Record<string, string>> = {}) {
    const gateway = await start({ METRICS_PORT: '0', ...env });
    const { metricsUrl } = gateway.app.get(Telemetry, { strict: false });
    return { main: new Client(gateway.url), metrics: new Client(metricsUrl ?? ''), url: metricsUrl ?? '' };
  }

  it('has the metrics and nothing else, and the main port has them no more', async () => {
    const { main, metrics } = await ownPort();
    expect((await main.request('/metrics')).status).toBe(404);
    expect((await metrics.request('/metrics')).text).toContain('gatehouse_build_info');
    expect((await metrics.request('/health/live')).status).toBe(404);
    expect((await metrics.request('/metricsx')).status).toBe(404);
    expect((await metrics.request('/metrics', { method: 'POST' })).status).toBe(404);
  });

  it('asks others than this machine for the token, where there is one', async () => {
    const { metrics } = await ownPort({ METRICS_TOKEN: token, TRUSTED_PROXIES: '127.0.0.1' });
    expect((await metrics.request('/metrics')).status).toBe(404);
    expect((await metrics.request('/metrics', { headers: bearer })).status).toBe(200);
  });

  it('ends with the gateway, also while somebody keeps a connection', async () => {
    const gateway = await startGateway({ METRICS_PORT: '0' });
    const { metricsUrl = '' } = gateway.app.get(Telemetry, { strict: false });
    await new Promise<void>((resolve, reject) => {
      get(`${metricsUrl}/metrics`, (response) => response.resume().on('end', resolve)).on('error', reject);
    });
    await gateway.stop();
    await expect(fetch(`${metricsUrl}/metrics`)).rejects.toThrow('fetch failed');
  });

  it('that is taken stops the start, in plain words', async () => {
    const { url } = await ownPort();
    const { port } = new URL(url);
    await expect(startGateway({ METRICS_PORT: port })).rejects.toThrow(/METRICS_PORT.*EADDRINUSE/);
  });
});

describe('docs/metrics.md', () => {
  const page = readFileSync(join(__dirname, '..', 'docs', 'metrics.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` *\| (\w+) *\| ([^|]*?) *\|/gm)].map(
    ([, name = '', type = '', labels = '']) => ({
      name,
      type,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
    }),
  );

  it('lists exactly the metrics of the gateway, with their types and labels', () => {
    const byName = (one: { name: string }, other: { name: string }) => one.name.localeCompare(other.name);
    const defined = allDefinitions.map(({ name, type, labels }) => ({ name, type, labels: [...labels] }));
    expect(rows.filter(({ name }) => name.startsWith('gatehouse_')).sort(byName)).toEqual(
      defined.sort(byName),
    );
  });

  it('names every value of the closed sets', () => {
    for (const value of [...throttleLimits, ...timedOutcomes, ...refreshOutcomes]) {
      expect(page).toContain(`\`${value}\``);
    }
  });

  it('speaks of no metric of the process that is not there', async () => {
    const gateway = await start();
    const { types } = await pageOf(gateway);
    const others = [...page.matchAll(/`((?:process|nodejs)_\w+)`/g)].map(([, name = '']) => name);
    expect(others.length).toBeGreaterThan(3);
    expect(others.filter((name) => !(name in types))).toEqual([]);
  });
});
