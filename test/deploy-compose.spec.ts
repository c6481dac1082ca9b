import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings } from '../src/config/load-settings';
import { run } from './servers/process';
import { deployFolder, deployYaml, notSettings, type Place } from './support/deployment';
import { temporaryFolder } from './support/gateway';

const folder = join(deployFolder, 'compose');
const compose = deployYaml('compose/compose.yaml');
const services = compose.at('services');

/** What the Compose specification names of the many keys that there are, as far as this file uses them. */
const serviceKeys = [
  ...['build', 'cap_drop', 'command', 'depends_on', 'environment', 'healthcheck', 'image', 'mem_limit'],
  ...['networks', 'pids_limit', 'ports', 'profiles', 'read_only', 'restart', 'secrets', 'security_opt'],
  ...['stop_grace_period', 'tmpfs', 'user', 'volumes'],
];

let secrets: string;

beforeAll(async () => {
  secrets = join(temporaryFolder(), 'secrets');
  await run('/bin/sh', [join(folder, 'make-secrets.sh'), secrets]);
});

function eachService(): readonly (readonly [string, Place])[] {
  return services.names.map((name) => [name, services.at(name)]);
}

/** The environment of the gateway with the secrets where make-secrets.sh has put them. */
function gatewayEnvironment(): Readonly<Record<string, string>> {
  const environment = services.at('gatehouse', 'environment');
  const valueOf = (name: string) => environment.at(name).text.replace('/run/secrets', secrets);
  const given = Object.fromEntries(environment.names.map((name): [string, string] => [name, valueOf(name)]));
  return { NODE_ENV: 'production', ...given };
}

describe('the Compose file', () => {
  it('sets only settings that exist, and all that production asks for', () => {
    expect(notSettings(services.at('gatehouse', 'environment').names)).toEqual([]);
    const { settings, warnings } = loadSettings(gatewayEnvironment());
    expect(settings.REDIS_URL).toMatchObject({
      username: 'gatehouse',
      hosts: [{ host: 'redis', port: 6379 }],
    });
    expect(warnings.filter((warning) => !warning.includes('ALLOW_PLAINTEXT'))).toEqual([]);
  });

  it('takes every privilege from every service', () => {
    for (const [, service] of eachService()) {
      expect(service.at('read_only').value).toBe(true);
      expect(service.at('cap_drop').value).toEqual(['ALL']);
      expect(service.at('security_opt').value).toEqual(['no-new-privileges:true']);
      expect(service.names.filter((name) => !serviceKeys.includes(name))).toEqual([]);
      expect(service.has('mem_limit') && service.has('pids_limit')).toBe(true);
    }
  });

  it('opens ports on this machine alone', () => {
    const ports = compose.all('ports').flatMap(({ items }) => items.map(({ text }) => text));
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('starts the gateway when what it needs is well, and waits for its end', () => {
    const gateway = services.at('gatehouse');
    for (const name of gateway.at('depends_on').names) {
      expect(gateway.at('depends_on', name, 'condition').text).toBe('service_healthy');
      expect(services.at(name, 'healthcheck', 'test').items.length).toBeGreaterThan(1);
    }
    const graceMs = Number(gateway.at('stop_grace_period').text.replace('s', '')) * 1000;
    expect(graceMs).toBeGreaterThan(loadSettings(gatewayEnvironment()).settings.SHUTDOWN_TIMEOUT_MS);
  });

  it('mounts only files that there are', () => {
    const mounts = compose.all('volumes').flatMap((place) => (Array.isArray(place.value) ? place.items : []));
    const sources = mounts.map(({ text }) => text.split(':')[0] ?? '');
    const [files, volumes] = [
      sources.filter((source) => source.startsWith('.')),
      sources.filter((source) => !source.startsWith('.')),
    ];
    expect(files.filter((file) => !existsSync(join(folder, file)))).toEqual([]);
    expect(volumes.toSorted()).toEqual(compose.at('volumes').names.toSorted());
    for (const build of compose.all('build'))
      expect(existsSync(join(folder, build.text, 'Dockerfile'))).toBe(true);
    const dockerfile = readFileSync(join(folder, 'openldap/Dockerfile'), 'utf8');
    const copied = (/^COPY (.+) \S+$/m.exec(dockerfile)?.[1] ?? '').split(' ');
    expect(copied.filter((name) => !existsSync(join(folder, 'openldap', name)))).toEqual([]);
  });

  it('has a secret for each that is used, and make-secrets.sh writes it', () => {
    const given = compose.at('secrets');
    const used = eachService().flatMap(([, service]) =>
      service.has('secrets') ? service.at('secrets').items.map(({ text }) => text) : [],
    );
    expect([...new Set(used)].toSorted()).toEqual(given.names.toSorted());
    const files = given.names.map((name) => given.at(name, 'file').text);
    expect(files.map((file) => file.replace('./secrets/', '')).toSorted()).toEqual(
      readdirSync(secrets).toSorted(),
    );
    const inContainers = compose
      .all('environment')
      .flatMap((place) => place.names.map((name) => place.at(name).text));
    const paths = inContainers.filter((text) => text.startsWith('/run/secrets/'));
    expect(paths.filter((path) => !given.has(path.replace('/run/secrets/', '')))).toEqual([]);
  });

  it('has secrets that are made once, with the same password for Redis on both sides', async () => {
    const before = readdirSync(secrets).map((name) => readFileSync(join(secrets, name), 'utf8'));
    await run('/bin/sh', [join(folder, 'make-secrets.sh'), secrets]);
    expect(readdirSync(secrets).map((name) => readFileSync(join(secrets, name), 'utf8'))).toEqual(before);
    expect(statSync(secrets).mode & 0o777).toBe(0o700);
    const [, password = ''] = /:([0-9a-f]{64})@/.exec(readFileSync(join(secrets, 'redis-url'), 'utf8')) ?? [];
    expect(readFileSync(join(secrets, 'redis-users.acl'), 'utf8')).toContain(
      `user gatehouse on >${password} `,
    );
  });

  it('gives secrets of an earlier release the user that they lack, and changes no other', async () => {
    const earlier = join(temporaryFolder(), 'secrets');
    await run('/bin/sh', [join(folder, 'make-secrets.sh'), earlier]);
    const acl = () => readFileSync(join(earlier, 'redis-users.acl'), 'utf8');
    const others = acl().replace(/^user operator .*\n/m, '');
    writeFileSync(join(earlier, 'redis-users.acl'), others);
    rmSync(join(earlier, 'redis-operator-password'));
    await run('/bin/sh', [join(folder, 'make-secrets.sh'), earlier]);
    const password = readFileSync(join(earlier, 'redis-operator-password'), 'utf8');
    expect(password).toMatch(/^[0-9a-f]{64}$/);
    expect(acl().startsWith(`${others}user operator on >${password} `)).toBe(true);
  });

  it('trusts the address of its proxy and no other', () => {
    const address = services.at('caddy', 'networks', 'gatehouse', 'ipv4_address').text;
    expect(services.at('gatehouse', 'environment', 'TRUSTED_PROXIES').text).toBe(address);
  });
});
