import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedProgram, run } from './servers/process';
import { Client } from './support/client';
import { deployFolder, deployText, deployYaml, Place } from './support/deployment';
import { startGateway, temporaryFolder } from './support/gateway';
import { MetricsPage } from './support/metrics-page';

const histograms = [
  ...['gatehouse_http_request_duration_seconds', 'gatehouse_ldap_operation_duration_seconds'],
  ...['gatehouse_upstream_request_duration_seconds', 'gatehouse_store_operation_duration_seconds'],
];
const counters = [
  ...['gatehouse_logins_total', 'gatehouse_refreshes_total', 'gatehouse_sessions_opened_total'],
  ...['gatehouse_sessions_ended_total', 'gatehouse_throttled_total', 'gatehouse_audit_lines_lost_total'],
];
const gauges = [
  ...[
    'gatehouse_workers',
    'gatehouse_workers_silent',
    'gatehouse_source_up',
    'gatehouse_peer_up',
    'gatehouse_pool_connections',
  ],
  ...['gatehouse_pool_waiting', 'gatehouse_login_places', 'gatehouse_login_places_in_use'],
  ...['gatehouse_login_places_waiting', 'gatehouse_keys_signing_expires_at_seconds', 'gatehouse_build_info'],
];
const ours = [...histograms, ...counters, ...gauges];

const alerts = deployYaml('prometheus/alerts.yml')
  .at('groups')
  .items.flatMap((group) => group.at('rules').items);
const dashboard = new Place(JSON.parse(deployText('grafana/gatehouse.json')), 'dashboard');
const panels = dashboard.at('panels').items;
const operations = readFileSync(join(__dirname, '../docs/operations.md'), 'utf8');
const runbooks = 'https://docs.example.org/gatehouse/operations.md';
const promtool = () => installedProgram('/usr/bin/promtool');

/** What a metric is called before a histogram gets its suffixes. */
function baseOf(name: string): string {
  const base = name.replace(/_(?:bucket|count|sum)$/, '');
  return histograms.includes(base) || base === 'nodejs_gc_duration_seconds' ? base : name;
}

function metricsIn(expression: string): readonly string[] {
  return [...expression.matchAll(/\b(?:gatehouse|nodejs|process)_\w+/g)].map(([name]) => baseOf(name));
}

/** Headings as links name them. */
function anchorsOf(page: string): readonly string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

const expressions = [
  ...alerts.map((alert) => alert.at('expr').text),
  ...dashboard.all('expr').map((p) => p.text),
];

/** A scrape of a gateway that has a source, has answered a login, and was asked for its figures before. */
async function scraped(): Promise<string> {
  const gateway = await startGateway();
  try {
    const client = new Client(gateway.url);
    await client.login('demo', gateway.demoPassword);
    await client.request('/metrics');
    return (await client.request('/metrics')).text;
  } finally {
    await gateway.stop();
  }
}

/** Only a gateway with workers tells these. */
const ofWorkers = ['gatehouse_workers', 'gatehouse_workers_silent'];

describe('alerts and dashboard', () => {
  it('use only metrics that a scrape brings, on a page that Prometheus finds no fault with', async () => {
    const text = await scraped();
    await run(promtool(), ['check', 'metrics'], { input: text });
    const told = [...Object.keys(new MetricsPage(text).types), ...ofWorkers];
    const used = [...new Set(expressions.flatMap(metricsIn))];
    expect(used.filter((name) => !told.includes(name))).toEqual([]);
    expect(new MetricsPage(text).value('process_start_time_seconds')).toBeGreaterThan(0);
    expect(ours.filter((name) => !used.includes(name))).toEqual([]);
    const page = join(__dirname, '../docs/metrics.md');
    if (existsSync(page)) {
      const documented = readFileSync(page, 'utf8');
      expect(ours.filter((name) => !documented.includes(name))).toEqual([]);
    }
  });

  it('are rules that Prometheus understands, and each fires for what it is there for', async () => {
    const folder = join(deployFolder, 'prometheus');
    await run(promtool(), ['check', 'config', join(folder, 'prometheus.yml')]);
    await run(promtool(), ['test', 'rules', join(folder, 'alerts.test.yml')]);
    const tried = deployText('prometheus/alerts.test.yml');
    const untried = alerts.filter((alert) => {
      const part = tried.split(`alertname: ${alert.at('alert').text}\n`);
      return !part.slice(1).some((text) => /^\s+exp_alerts:\n/.test(text));
    });
    expect(untried.map((alert) => alert.at('alert').text)).toEqual([]);
  });

  it('are panels whose questions Prometheus understands', async () => {
    const questions = dashboard.all('expr').map(({ text }) => text.replaceAll('$__rate_interval', '5m'));
    const rules = questions.map((expr, index) => ({ record: `panel_${index}`, expr }));
    const path = join(temporaryFolder(), 'panels.yml');
    writeFileSync(path, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    expect(await run(promtool(), ['check', 'rules', path])).toContain(`${rules.length} rules found`);
  });

  it('lead whoever is woken to a page that says what to do, at an address that operators put in', () => {
    const readme = deployText('prometheus/README.md');
    expect(readme).toContain(`sed -i 's|${runbooks.replace('operations.md', '')}|`);
    const anchors = anchorsOf(operations);
    for (const alert of alerts) {
      const [page = '', anchor = ''] = alert.at('annotations', 'runbook_url').text.split('#');
      expect([alert.at('alert').text, page, anchors.includes(anchor)]).toEqual([
        alert.at('alert').text,
        runbooks,
        true,
      ]);
      expect(['critical', 'warning']).toContain(alert.at('labels', 'severity').text);
      expect(alert.at('annotations').names.toSorted()).toEqual(['action', 'runbook_url', 'summary']);
    }
  });
});

describe('the dashboard', () => {
  it('asks the chosen job and gateways only', () => {
    const questions = panels
      .filter((panel) => panel.has('targets'))
      .flatMap((panel) => panel.all('expr'))
      .map(({ text }) => text);
    expect(questions.filter((text) => !text.includes('{job="$job",instance=~"$instance"'))).toEqual([]);
    const variables = dashboard.at('templating', 'list').items.map((variable) => variable.at('name').text);
    expect(variables).toEqual(['datasource', 'job', 'instance']);
  });

  it('has panels of their own place and number', () => {
    const numbers = panels.map((panel) => panel.at('id').text);
    expect(new Set(numbers).size).toBe(numbers.length);
    const places = panels.map((panel) => `${panel.at('gridPos', 'x').text}/${panel.at('gridPos', 'y').text}`);
    expect(new Set(places).size).toBe(places.length);
  });
});
