import { people, type Slapd, startSlapd } from './servers/slapd';
import { startUpstream } from './servers/upstream';
import { Client } from './support/client';
import { type RunningGateway, startGateway } from './support/gateway';
import { eventually } from './support/ldap-logins';
import { MetricsPage } from './support/metrics-page';

async function pageOf({ url }: RunningGateway): Promise<MetricsPage> {
  return new MetricsPage((await new Client(url).request('/metrics')).text);
}

describe('a directory', () => {
  let slapd: Slapd;
  beforeAll(async () => {
    slapd = await startSlapd();
  }, 60_000);
  afterAll(() => slapd.remove());

  it('is timed by operation and outcome, and is up until it is down', async () => {
    const gateway = await startGateway({
      ...slapd.variables,
      STRATEGIES: 'ldap',
      LDAP_CONNECT_TIMEOUT_MS: '500',
      LDAP_LOCKOUT_THRESHOLD: '0',
    });
    const client = new Client(gateway.url);
    expect((await pageOf(gateway)).value('gatehouse_source_up', { source: 'ldap' })).toBeUndefined();
    expect((await client.login('alice', people.alice.password)).status).toBe(200);
    expect((await client.login('alice', 'wrong')).status).toBe(401);
    const page = await pageOf(gateway);
    const count = (operation: string, outcome: string) =>
      page.value('gatehouse_ldap_operation_duration_seconds_count', { source: 'ldap', operation, outcome }) ??
      0;
    // One bind of the service account and one of alice.
    expect(count('bind', 'ok')).toBe(2);
    expect(count('bind', 'refused')).toBe(1);
    expect(count('connect', 'ok')).toBeGreaterThan(0);
    expect(count('search', 'ok')).toBeGreaterThan(0);
    const [peer] = page.series('gatehouse_peer_up');
    expect(peer).toMatchObject({ value: 1, labels: { source: 'ldap' } });
    expect(page.value('gatehouse_pool_connections', peer?.labels)).toBeGreaterThan(0);
    await slapd.stop();
    await eventually(async () => {
      await client.login('alice', people.alice.password);
      return (await pageOf(gateway)).value('gatehouse_source_up', { source: 'ldap' }) === 0;
    }, 20_000);
    const after = await pageOf(gateway);
    const failed = { source: 'ldap', operation: 'connect', outcome: 'unavailable' };
    expect(after.value('gatehouse_ldap_operation_duration_seconds_count', failed)).toBeGreaterThan(0);
    const lost = { door: 'native', strategy: 'ldap', outcome: 'unavailable' };
    expect(after.value('gatehouse_logins_total', lost)).toBeGreaterThan(0);
    await gateway.stop();
    await slapd.start();
  }, 60_000);
});

describe('a service', () => {
  it('is timed by what was asked and how it answered', async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({
      STRATEGIES: 'external',
      EXTERNAL_AUTH_URL: upstream.url,
      EXTERNAL_AUTH_CLAIMS: 'trusted',
    });
    const client = new Client(gateway.url);
    await client.login('maria', 'contraseña de maría');
    await client.login('maria', 'wrong');
    upstream.behave({ kind: 'answer', status: 429, body: '{}' });
    await client.login('maria', 'wrong');
    upstream.behave({ kind: 'answer', status: 503, body: '{}' });
    await client.login('maria', 'wrong');
    const page = await pageOf(gateway);
    const count = (outcome: string) =>
      page.value('gatehouse_upstream_request_duration_seconds_count', {
        source: 'external',
        operation: 'login',
        outcome,
      });
    expect([count('ok'), count('refused'), count('unavailable')]).toEqual([1, 2, 1]);
    expect(page.value('gatehouse_throttled_total', { limit: 'source' })).toBe(1);
    await gateway.stop();
    await upstream.stop();
  });
});
