import { TraceCollector } from './servers/trace-collector';
import { startUpstream, type Upstream } from './servers/upstream';
import { Client, cookieOf, objectOf, textOf } from './support/client';
import { secretsIn } from './support/canaries';
import { type RunningGateway, startGateway } from './support/gateway';
import { eventually } from './support/ldap-logins';
import { MetricsPage } from './support/metrics-page';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
const password = 'contraseña de maría';
let upstream: Upstream;
let collector: TraceCollector;
const running: RunningGateway[] = [];

beforeAll(async () => {
  upstream = await startUpstream();
});
beforeEach(async () => {
  collector = await TraceCollector.start();
  upstream.requests.splice(0);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((gateway) => gateway.stop()));
  await collector.stop();
});
afterAll(() => upstream.stop());

async function start(env: Readonly<Record<string, string>> = {}): Promise<RunningGateway> {
  const gateway = await startGateway({
    STRATEGIES: 'external',
    EXTERNAL_AUTH_URL: upstream.url,
    EXTERNAL_AUTH_CLAIMS: 'trusted',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    ...env,
  });
  running.push(gateway);
  return gateway;
}

/** Ends the gateway, which sends what is left. */
async function spansAfter(gateway: RunningGateway): Promise<TraceCollector['spans']> {
  running.splice(running.indexOf(gateway), 1);
  await gateway.stop();
  return collector.spans;
}

const isIn =
  (name: string) =>
  ({ name: own }: { readonly name: string }) =>
    own === name;

describe('traces', () => {
  it('show a login with what it waited for, and go on to the service', async () => {
    const gateway = await start({
      OTEL_SERVICE_NAME: 'logins',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20of-the-collector',
    });
    const login = await new Client(gateway.url).login('maria', password, { traceparent });
    expect(login.status).toBe(200);
    const spans = await spansAfter(gateway);
    const server = spans.find(isIn('POST /api/auth/login'));
    expect(server).toMatchObject({
      traceId,
      parentId: 'b7ad6b7169203331',
      kind: 2,
      isError: false,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/api/auth/login',
        'http.response.status_code': '200',
        'gatehouse.request_id': login.headers.get('x-request-id'),
      },
    });
    const call = spans.find(isIn('upstream login'));
    expect(call).toMatchObject({
      traceId,
      parentId: server?.spanId,
      kind: 3,
      attributes: {
        'gatehouse.source': 'external',
        'gatehouse.outcome': 'ok',
        'server.address': '127.0.0.1',
        'http.request.method': 'POST',
      },
    });
    expect(spans.find(isIn('store create'))).toMatchObject({ traceId, parentId: server?.spanId });
    const sent = upstream.requests.find(({ method }) => method === 'POST');
    expect(sent?.headers['traceparent']).toBe(`00-${traceId}-${call?.spanId}-01`);
    expect(collector.headers[0]?.authorization).toBe('Bearer of-the-collector');
    expect(collector.bodies[0]?.includes('logins')).toBe(true);
  });

  it('tie the log lines of a request to its span', async () => {
    const gateway = await start();
    await new Client(gateway.url).login('maria', password);
    const [server] = (await spansAfter(gateway)).filter(isIn('POST /api/auth/login'));
    const lines = gateway
      .logs()
      .split('\n')
      .filter((line) => line.includes('"msg":"request"'))
      .map((line) => objectOf(JSON.parse(line)));
    expect(lines.find(({ route }) => route === '/api/auth/login')).toMatchObject({
      trace_id: server?.traceId,
      span_id: server?.spanId,
      requestId: server?.attributes['gatehouse.request_id'],
    });
  });

  it('continue the traces of trusted proxies and local callers, and of nobody else', async () => {
    const begun = async (env: Record<string, string>, headers: Record<string, string>) => {
      const gateway = await start(env);
      await new Client(gateway.url).request('/health/live', { headers: { traceparent, ...headers } });
      const [span] = (await spansAfter(gateway)).splice(0);
      return span?.traceId === traceId;
    };
    const forwarded = { 'x-forwarded-for': '192.0.2.1' };
    expect(await begun({}, {})).toBe(true);
    expect(await begun({}, forwarded)).toBe(false);
    expect(await begun({ TRUSTED_PROXIES: '127.0.0.1' }, forwarded)).toBe(true);
    expect(await begun({ OTEL_PROPAGATORS: 'none' }, {})).toBe(false);
  });

  it('hold no secret, and nothing that a person typed', async () => {
    const gateway = await start();
    const client = new Client(gateway.url);
    const login = await client.login('maria', password);
    await client.login('maria', 'Cnry-wrong-password');
    await client.refresh(cookieOf(login));
    await client.me(textOf(login.data, 'access_token'));
    await client.request('/none/Cnry-in-path?token=Cnry-in-query');
    await client.request('/api/auth/sessions/Cnry-in-path', { method: 'DELETE' });
    const page = (await client.request('/metrics')).text;
    await spansAfter(gateway);
    const secrets = {
      password,
      name: 'maria',
      wrong: 'Cnry-wrong-password',
      path: 'Cnry-in-path',
      query: 'Cnry-in-query',
      token: textOf(login.data, 'access_token'),
      cookie: cookieOf(login).replace(/^[^=]+=/, ''),
    };
    const exported = Buffer.concat(collector.bodies);
    expect(exported.length).toBeGreaterThan(500);
    expect([...secretsIn(exported, secrets), ...secretsIn(page, secrets)]).toEqual([]);
  });

  it.each(['always_off', 'parentbased_always_off'])('are not recorded with %s', async (sampler) => {
    const gateway = await start({ OTEL_TRACES_SAMPLER: sampler });
    await new Client(gateway.url).login('maria', password);
    expect(await spansAfter(gateway)).toEqual([]);
    // The service learns all the same that nobody records.
    expect(upstream.requests[0]?.headers['traceparent']).toMatch(/-00$/);
    expect(gateway.logs()).not.toContain('trace_id');
  });

  it('are off without an endpoint, and with OTEL_SDK_DISABLED', async () => {
    const ways: Record<string, string>[] = [
      { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
      { OTEL_SDK_DISABLED: 'true' },
    ];
    for (const env of ways) {
      const gateway = await start(env);
      await new Client(gateway.url).login('maria', password, { traceparent });
      expect(await spansAfter(gateway)).toEqual([]);
      expect(upstream.requests.every(({ headers }) => headers['traceparent'] === undefined)).toBe(true);
    }
  });
});

describe('a collector that fails', () => {
  it('keeps no request and no end of the process waiting, and is said and counted', async () => {
    collector.status = 400;
    const gateway = await start();
    const client = new Client(gateway.url);
    for (let round = 0; round < 600; round++) await client.request('/health/live');
    await eventually(() => gateway.logs().includes('The collector takes no traces'), 20_000);
    const page = new MetricsPage((await client.request('/metrics')).text);
    expect(page.value('gatehouse_spans_lost_total')).toBeGreaterThan(0);
    expect(gateway.logs().match(/The collector takes no traces/g)).toHaveLength(1);
    expect((await client.login('maria', password)).status).toBe(200);
  });

  it('and is silent holds up the end of the process by two seconds at most', async () => {
    collector.status = 0;
    const gateway = await start();
    await new Client(gateway.url).request('/health/live');
    const startedAtMs = performance.now();
    await spansAfter(gateway);
    // The limit of an export itself is five seconds.
    expect(performance.now() - startedAtMs).toBeLessThan(4500);
  });
});
