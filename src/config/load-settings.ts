import { readFileSync } from 'node:fs';
import { systemErrorCode } from '../common/system-error';
import { checkTogether } from './check-settings';
import { ldapSettings, type LdapSettings, ldapVariable } from './ldap-settings';
import { allSettings, type Settings } from './settings';
import { SettingFault, type Setting, type SettingGroup, type ValuesOf } from './setting';
import { kindOfStrategy, strategiesSetting } from './strategy-settings';
import { warnOfTypos } from './typos';

export type Environment = Readonly<Record<string, string | undefined>>;

/** All that is wrong with the configuration, one line for each fault. No line holds a value. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  /** `hints` are no faults, but may explain one, such as a misspelt name. */
  constructor(
    readonly faults: readonly string[],
    hints: readonly string[] = [],
  ) {
    super(
      `The configuration cannot be used:\n${[...faults, ...hints].map((line) => `  - ${line}`).join('\n')}`,
    );
  }
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** What looks like a mistake but is no reason not to start. */
  readonly warnings: readonly string[];
}

const longestSecretFileBytes = 64 * 1024;

/**
 * Turns an environment into the settings.
 * Reads `<NAME>_FILE` for secrets; an empty variable counts as absent.
 * @param ownStrategies names of strategies that the application around the gateway brings: STRATEGIES may hold them, and holds them unless it is set
 * @throws ConfigurationError with every fault at once.
 */
export function loadSettings(env: Environment, ownStrategies: readonly string[] = []): LoadedSettings {
  const faults: string[] = [];
  const values = readGroup({ ...allSettings, STRATEGIES: strategiesSetting(ownStrategies) }, env, faults);
  const settings: Settings = { ...values, ldapDirectories: readDirectories(values, env, faults) };
  const together = checkTogether(settings);
  // What could not be read is not missing as well.
  const unreadable = new Set(faults.map(variableIn));
  faults.push(...together.faults.filter((fault) => !unreadable.has(variableIn(fault))));
  const typos = warnOfTypos(env, Object.keys(settings.ldapDirectories));
  if (faults.length > 0) throw new ConfigurationError(faults, typos);
  return { settings: Object.freeze(settings), warnings: [...together.warnings, ...typos] };
}

/** Every fault begins with the variable that it speaks of. */
function variableIn(fault: string): string {
  return /^[A-Z0-9_]+/.exec(fault)?.[0] ?? '';
}

/** The settings of each directory in STRATEGIES or EXTERNAL_AUTH_SHADOW, under its strategy's name. */
function readDirectories(
  values: Omit<Settings, 'ldapDirectories'>,
  env: Environment,
  faults: string[],
): Record<string, LdapSettings> {
  const used = [...values.STRATEGIES, values.EXTERNAL_AUTH_SHADOW ?? ''];
  const names = used.filter((name) => kindOfStrategy(name) === 'ldap');
  const read = (name: string): LdapSettings =>
    name === 'ldap' ? values : readGroup(ldapSettings, env, faults, (own) => ldapVariable(name, own));
  return Object.fromEntries(names.map((name) => [name, read(name)]));
}

/** `variableOf` says under which variable a setting of the group is found, where that is not its own name. */
function readGroup<G extends SettingGroup>(
  group: G,
  env: Environment,
  faults: string[],
  variableOf: (name: string) => string = (name) => name,
): ValuesOf<G> {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(group)) {
    values[name] = readSetting(variableOf(name), setting, env, faults);
  }
  // The loop above has given each key of the group the value of its own setting.
  return values as ValuesOf<G>;
}

function readSetting(name: string, setting: Setting<unknown>, env: Environment, faults: string[]): unknown {
  try {
    const raw = setting.secret ? readSecret(name, env) : env[name];
    return raw === undefined || raw === '' ? setting.whenAbsent : setting.parse(raw);
  } catch (error) {
    if (!(error instanceof SettingFault)) throw error;
    faults.push(`${name} ${error.message}`);
    return setting.whenAbsent;
  }
}

function readSecret(name: string, env: Environment): string | undefined {
  const direct = env[name];
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return direct;
  if (direct !== undefined && direct !== '') throw new SettingFault(`is set twice, here and by ${name}_FILE`);
  return readSecretFile(name, file);
}

function readSecretFile(name: string, path: string): string {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw new SettingFault(
      `cannot be read from the file that ${name}_FILE names (${systemErrorCode(error) ?? 'unreadable'})`,
    );
  }
  if (content.length > longestSecretFileBytes)
    throw new SettingFault(`has a file that is longer than 64 KiB`);
  // Editors and `echo` end a file with a line break, which is no part of the secret.
  const value = content.replace(/\r?\n$/, '');
  if (value === '') throw new SettingFault(`has an empty file (${name}_FILE)`);
  return value;
}
