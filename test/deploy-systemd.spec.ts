import { randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings } from '../src/config/load-settings';
import { installedProgram, run } from './servers/process';
import { deployFolder, deployText, notSettings, variablesIn } from './support/deployment';
import { temporaryFolder } from './support/gateway';

const unit = deployText('systemd/gatehouse.service');
const file = variablesIn(deployText('systemd/gatehouse.env'));

/** All values of a directive. */
function directive(name: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

const inUnit = variablesIn(directive('Environment').join(' ').split(' ').join('\n'));
const seconds = (name: string) => Number(directive(name)[0]) * 1000;

/** The words with which the wrapper calls systemd-run, where the machine has this unit. */
function systemdRunOf(words: readonly string[], text = unit): readonly string[] {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'unit'), text);
  const programs = {
    systemctl: `cat '${join(folder, 'unit')}'`,
    'systemd-run': String.raw`printf '%s\n' "$@"`,
  };
  for (const [name, line] of Object.entries(programs))
    writeFileSync(join(folder, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  const { stdout, status } = spawnSync('/bin/sh', [join(deployFolder, 'systemd/gatehouse'), ...words], {
    encoding: 'utf8',
    env: { PATH: `${folder}:/usr/bin:/bin` },
    cwd: folder,
  });
  expect(status).toBe(0);
  return stdout.trimEnd().split('\n');
}

const propertiesOf = (words: readonly string[]) =>
  words.filter((word) => word.startsWith('--property=')).map((word) => word.replace('--property=', ''));

describe('the systemd unit', () => {
  it('sets only settings that exist, with a credential for each secret', () => {
    expect(notSettings(Object.keys({ ...inUnit, ...file }))).toEqual([]);
    const credentials = directive('LoadCredential').map((line) => line.split(':')[0]);
    const files = Object.entries(inUnit).filter(([name]) => name.endsWith('_FILE'));
    expect(files.map(([, path]) => path.replace('%d/', ''))).toEqual(credentials);
  });

  it('gives settings that production takes', () => {
    const folder = temporaryFolder();
    const secret = join(folder, 'secret');
    writeFileSync(secret, randomBytes(32).toString('base64'));
    const secrets = Object.keys(inUnit).filter((name) => name.endsWith('_FILE'));
    const { settings, warnings } = loadSettings({
      ...inUnit,
      ...file,
      ...Object.fromEntries(secrets.map((name) => [name, secret])),
      DATA_DIR: folder,
    });
    expect([settings.NODE_ENV, warnings]).toEqual(['production', []]);
    expect(seconds('TimeoutStopSec')).toBeGreaterThan(settings.SHUTDOWN_TIMEOUT_MS);
  });

  it('has memory and tasks that grow with the cores, as its workers do', () => {
    expect(file['WORKERS']).toBe('auto');
    expect(directive('MemoryMax')).toEqual([expect.stringMatching(/^\d+%$/)]);
    // Threads of Node and of the store, for more cores than machines have.
    expect(Number(directive('TasksMax')[0])).toBeGreaterThanOrEqual(16 * 128);
  });

  it('starts again after a crash, and not after a fault in the settings', () => {
    expect(directive('Restart')).toEqual(['on-failure']);
    expect(directive('RestartPreventExitStatus')).toEqual(['78']);
    expect(readFileSync(join(__dirname, '../src/main.ts'), 'utf8')).toContain('configurationFault = 78');
    expect(directive('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
  });

  it('is understood by systemd, and leaves the service little', async () => {
    const analyze = installedProgram('/usr/bin/systemd-analyze');
    const copy = join(temporaryFolder(), 'gatehouse.service');
    // Node may lie elsewhere on the machine of the test.
    writeFileSync(copy, unit.replace('/usr/bin/node', process.execPath));
    expect(existsSync(process.execPath)).toBe(true);
    expect(await run(analyze, ['verify', copy])).not.toContain('gatehouse.service');
    // Fails where the exposure is above it, in tenths.
    await run(analyze, ['security', '--offline=true', '--no-pager', '--threshold=20', copy]);
  });
});

describe('the command line beside the unit', () => {
  it('has the user, the settings and the secrets of the unit', () => {
    const words = systemdRunOf(['keys', 'list']);
    const name = words.find((word) => word.startsWith('--unit='))?.replace('--unit=', '') ?? '';
    const taken = /^(?:DynamicUser|User|StateDirectory|LogsDirectory|Environment|LoadCredential|UMask)/;
    const ours = unit
      .split('\n')
      .filter((line) => taken.test(line))
      .map((line) => line.replaceAll('%d', `/run/credentials/${name}`).replaceAll('%S', '/var/lib'));
    expect(ours.length).toBeGreaterThan(10);
    expect(propertiesOf(words)).toEqual(ours);
    expect(propertiesOf(words).filter((property) => property.includes('%'))).toEqual([]);
    expect(words.slice(-4)).toEqual(['/usr/bin/node', '/opt/gatehouse/dist/cli/main.js', 'keys', 'list']);
  });

  it('follows what a drop-in changes, in its order', () => {
    const dropIn =
      'LoadCredential=redis-url:/etc/gatehouse/secrets/redis-url\nEnvironment=REDIS_URL_FILE=%d/redis-url\n';
    const properties = propertiesOf(systemdRunOf(['keys', 'list'], `${unit}\n[Service]\n${dropIn}`));
    expect(properties.slice(-2)).toEqual([
      'LoadCredential=redis-url:/etc/gatehouse/secrets/redis-url',
      expect.stringMatching(
        /^Environment=REDIS_URL_FILE=\/run\/credentials\/gatehouse-command-\d+\.service\/redis-url$/,
      ),
    ]);
  });

  it('reads and writes back-ups as root, with the DATA_DIR of the unit', () => {
    for (const command of ['backup', 'restore']) {
      const words = systemdRunOf([command, '/var/backups/gatehouse/today']);
      expect(propertiesOf(words)).toContain('Environment=DATA_DIR=/var/lib/gatehouse');
      expect(propertiesOf(words).filter((property) => /User|Directory/.test(property))).toEqual([]);
    }
  });

  it('hands words over as they are', () => {
    // systemd makes one of two dollar signs, and puts a variable in place of a name after a single one.
    const words = systemdRunOf(['doctor', '--user', 'a $HOME b', '--property=User=root']);
    expect(words.slice(-4)).toEqual(['doctor', '--user', 'a $$HOME b', '--property=User=root']);
    expect(words.indexOf('/usr/bin/node')).toBeLessThan(words.indexOf('doctor'));
  });
});
