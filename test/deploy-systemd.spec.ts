import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings } from '../src/config/load-settings';
import { installedProgram, run } from './servers/process';
import { deployText, notSettings, variablesIn } from './support/deployment';
import { temporaryFolder } from './support/gateway';

const unit = deployText('systemd/gatehouse.service');
const file = variablesIn(deployText('systemd/gatehouse.env'));

/** All values of a directive. */
function directive(name: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

const inUnit = variablesIn(directive('Environment').join(' ').split(' ').join('\n'));
const seconds = (name: string) => Number(directive(name)[0]) * 1000;

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
