import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TraceCollector } from './servers/trace-collector';
import { people, type Slapd, startSlapd } from './servers/slapd';
import { secretsIn } from './support/canaries';
import {
  end,
  everyRoute,
  expectNoTrace,
  live,
  post,
  type Process,
  routesIn,
  secrets,
  sendEverywhere,
  sources,
  start,
} from './support/canary-bench';
import { eventually } from './support/ldap-logins';

// Secrets go through every route and many faults of real processes; none of them may stay anywhere.
let slapd: Slapd;
let collector: TraceCollector;

beforeAll(async () => {
  slapd = await startSlapd();
  collector = await TraceCollector.start();
  secrets['bindPassword'] = slapd.bindPassword;
}, 60_000);
afterAll(async () => {
  await slapd.remove();
  await collector.stop();
});

describe('secrets', () => {
  it('go through every route and every dialect and leave no trace, also while the directory is down', async () => {
    const gateway = await start({
      ...(await sources(slapd)),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_PROPAGATORS: 'tracecontext,baggage',
    });
    await live(gateway);
    const answers = await sendEverywhere(gateway);
    await slapd.stop();
    answers.push(await gateway.client.login('alice', people.alice.password));
    answers.push(
      await gateway.client.request(
        '/api/login-ldap/',
        post({ username: 'alice', password: people.alice.password }),
      ),
    );
    await slapd.start();
    const pattern = (route: string) => route.replaceAll(/\{(\w+)\}/g, ':$1');
    const reached = routesIn(gateway.output());
    const routes = (await everyRoute(gateway)).map(pattern);
    expect(routes.length).toBeGreaterThan(30);
    expect(
      routes.filter(
        (route) => ![...reached].some((seen) => seen.replace(/\/$/, '') === route.replace(/\/$/, '')),
      ),
    ).toEqual([]);
    answers.push(await gateway.client.request('/metrics'));
    expect(answers.at(-1)?.status).toBe(200);
    await expectForgotten(gateway);
    await end(gateway);
    expect(collector.spans.length).toBeGreaterThan(100);
    expect(secretsIn(Buffer.concat(collector.bodies), secrets)).toEqual([]);
    expectNoTrace(gateway, answers);
  }, 180_000);

  /** What the heap still reaches some time after the last request. */
  async function expectForgotten({ child, folder }: Process): Promise<void> {
    const snapshots = () => readdirSync(folder).filter((name) => name.endsWith('.heapsnapshot'));
    child.kill('SIGUSR2');
    let size = -1;
    await eventually(async () => {
      const [name] = snapshots();
      const now = name === undefined ? -1 : statSync(join(folder, name)).size;
      const isWhole = now > 0 && now === size;
      size = now;
      await new Promise((resolve) => setTimeout(resolve, 500));
      return isWhole;
    }, 60_000);
    const bytes = readFileSync(join(folder, snapshots()[0] ?? ''));
    const typed = [
      'filePassword',
      'ldapPassword',
      'changedPassword',
      'wrongPassword',
      'passwordAsName',
      'clientSecret',
      'brokenBody',
    ];
    expect(secretsIn(bytes, Object.fromEntries(typed.map((name) => [name, secrets[name] ?? ''])))).toEqual(
      [],
    );
    // The search finds what the process must know.
    expect(secretsIn(bytes, { bindPassword: slapd.bindPassword })).not.toEqual([]);
  }
});
