import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings } from '../src/config/load-settings';
import {
  deployDocuments,
  deployFolder,
  deployText,
  deployYaml,
  notSettings,
  type Place,
  variablesIn,
} from './support/deployment';
import { temporaryFolder } from './support/gateway';

const folder = 'kubernetes/base';
const variables = variablesIn(deployText(`${folder}/gatehouse.env`));
const deployment = deployYaml(`${folder}/deployment.yaml`);
const pod = deployment.at('spec', 'template', 'spec');
const container = pod.at('containers', 0);
const services = deployDocuments(`${folder}/service.yaml`);
const policy = deployYaml(`${folder}/networkpolicy.yaml`);
const parts = ['base', 'monitoring', 'autoscaling'];

function portNamed(name: string): Place {
  const found = container.at('ports').items.find((port) => port.at('name').text === name);
  if (!found) throw new Error(`there is no port ${name}`);
  return found.at('containerPort');
}

describe('the Kubernetes manifests', () => {
  it('set only settings that exist, and no secret in the open', () => {
    expect(notSettings(Object.keys(variables))).toEqual([]);
    expect(Object.keys(variables).filter((name) => /(?:PASSWORD|SECRET|KEY|TOKEN|URL)$/.test(name))).toEqual([
      'LDAP_URL',
    ]);
  });

  it('mount every file that a setting names', () => {
    const [mount] = container.at('volumeMounts').items.filter((place) => place.at('name').text === 'secrets');
    const files = Object.entries(variables).filter(([name]) => name.endsWith('_FILE'));
    expect(files.length).toBeGreaterThan(3);
    for (const [, path] of files) expect(path.startsWith(`${mount?.at('mountPath').text}/`)).toBe(true);
    const readme = deployText('kubernetes/README.md');
    expect(files.filter(([, path]) => !readme.includes(`--from-file=${path.split('/').at(-1)}`))).toEqual([]);
  });

  it('name in each kustomization exactly the files beside it', () => {
    for (const part of parts) {
      const path = `kubernetes/${part}`;
      const named = deployYaml(`${path}/kustomization.yaml`)
        .at('resources')
        .items.map(({ text }) => text);
      const manifests = readdirSync(join(deployFolder, path)).filter((name) => /\.yaml$/.test(name));
      expect([...named, 'kustomization.yaml'].toSorted()).toEqual(manifests.toSorted());
    }
    expect(existsSync(join(deployFolder, folder, 'gatehouse.env'))).toBe(true);
  });

  it('select their own pods, and have no selector rewritten', () => {
    for (const part of parts) {
      const kustomization = deployYaml(`kubernetes/${part}/kustomization.yaml`);
      expect(kustomization.names).not.toContain('commonLabels');
      expect(kustomization.all('includeSelectors')).toEqual([]);
    }
    const selectors = [
      deployment.at('spec', 'selector', 'matchLabels'),
      ...services.map((service) => service.at('spec', 'selector')),
      deployYaml(`${folder}/poddisruptionbudget.yaml`).at('spec', 'selector', 'matchLabels'),
      policy.at('spec', 'podSelector', 'matchLabels'),
      ...pod.all('labelSelector').map((selector) => selector.at('matchLabels')),
    ];
    const labels = deployment.at('spec', 'template', 'metadata', 'labels').value;
    for (const { value } of selectors) expect(value).toEqual(labels);
  });

  it('let the pods ask for names, of the pods that answer them', () => {
    const isDns = (rule: Place) => rule.at('ports').items.some((port) => port.at('port').text === '53');
    const destinations = policy
      .at('spec', 'egress')
      .items.filter(isDns)
      .flatMap((rule) => rule.at('to').items);
    const selected = destinations.map((to) => to.at('podSelector', 'matchLabels').value);
    expect(selected).toEqual([{ 'k8s-app': 'kube-dns' }]);
  });

  it('start no gateway before somebody has said which proxies to trust', () => {
    const secrets = temporaryFolder();
    const given = Object.entries(variables).map(([name, value]): [string, string] => {
      if (!name.endsWith('_FILE')) return [name, value];
      const path = join(secrets, name);
      const isUrl = name === 'REDIS_URL_FILE';
      writeFileSync(
        path,
        isUrl ? 'rediss://user:word@redis.example.org' : randomBytes(32).toString('base64'),
      );
      return [name, path];
    });
    const env = { NODE_ENV: 'production', ...Object.fromEntries(given) };
    expect(() => loadSettings(env)).toThrow(/^The configuration cannot be used:\n {2}- TRUSTED_PROXIES .*$/);
    expect(loadSettings({ ...env, TRUSTED_PROXIES: '192.0.2.1' }).warnings).toEqual([]);
  });

  it('ask for life without dependencies, and for readiness with them', () => {
    const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map(
      (probe) => container.at(probe, 'httpGet', 'path').text,
    );
    expect(paths).toEqual(['/health/live', '/health/live', '/health/ready']);
    for (const get of container.all('httpGet')) expect(get.at('port').text).toBe('http');
  });

  it('have ports that agree', () => {
    expect(portNamed('http').value).toBe(3000);
    expect(portNamed('metrics').text).toBe(variables['METRICS_PORT']);
    const targets = services.flatMap((service) => service.all('targetPort')).map(({ text }) => text);
    expect(targets).toEqual(['http', 'metrics']);
    const dockerfile = deployText('../Dockerfile');
    expect(dockerfile).toContain(`PORT=${portNamed('http').text}`);
    const ingress = policy.at('spec', 'ingress').items.flatMap((rule) => rule.at('ports').items);
    expect(ingress.map((port) => port.at('port').text)).toEqual(['http', 'metrics']);
    const [endpoint] = deployYaml('kubernetes/monitoring/servicemonitor.yaml').at('spec', 'endpoints').items;
    expect(endpoint?.at('port').text).toBe('metrics');
  });

  it('keep to the restricted pod security standard, on a root file system that nobody writes', () => {
    expect(pod.at('securityContext').value).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.at('securityContext').value).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.at('automountServiceAccountToken').value).toBe(false);
    const writable = container
      .at('volumeMounts')
      .items.filter((mount) => !mount.has('readOnly'))
      .map((mount) => mount.at('mountPath').text);
    expect(writable).toEqual(['/data', '/tmp']);
    for (const volume of pod.all('emptyDir')) expect(volume.has('sizeLimit')).toBe(true);
  });

  it('leave the gateway the time that it takes to end', () => {
    const graceMs = Number(pod.at('terminationGracePeriodSeconds').text) * 1000;
    const neededMs = Number(variables['SHUTDOWN_DELAY_MS']) + Number(variables['SHUTDOWN_TIMEOUT_MS']);
    expect(graceMs).toBeGreaterThan(neededMs);
    const probe = container.at('readinessProbe');
    const noticedMs =
      Number(probe.at('periodSeconds').text) * Number(probe.at('failureThreshold').text) * 1000;
    expect(Number(variables['SHUTDOWN_DELAY_MS'])).toBeGreaterThan(noticedMs);
  });

  it('let nodes be emptied and versions roll without an outage', () => {
    expect(Number(deployment.at('spec', 'replicas').text)).toBeGreaterThan(1);
    expect(deployment.at('spec', 'strategy', 'rollingUpdate', 'maxUnavailable').value).toBe(0);
    expect(deployYaml(`${folder}/poddisruptionbudget.yaml`).at('spec', 'maxUnavailable').value).toBe(1);
    for (const limit of ['requests', 'limits'])
      expect(container.at('resources', limit).has('memory')).toBe(true);
  });
});
