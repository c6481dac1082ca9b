import { checkTogether } from './check-settings';
import { ldapSettings, type LdapSettings, ldapVariable } from './ldap-settings';
import { type FoundSecret, followSecret, readSecretFile } from './secret-files';
import { allSettings, type Settings } from './settings';
import { type SecretFile, type Setting, SettingFault, type SettingGroup, type ValuesOf } from './setting';
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

/**
 * Turns an environment into the settings.
 * Reads `<NAME>_FILE` for secrets; an empty variable counts as absent.
 * @param ownStrategies names of strategies that the application around the gateway brings: STRATEGIES may hold them, and holds them unless it is set
 * @param furtherFaults what else is wrong with settings of which some have their defaults, because they cannot be used
 * @throws ConfigurationError with every fault at once.
 */
export function loadSettings(
  env: Environment,
  ownStrategies: readonly string[] = [],
  furtherFaults: (settings: Settings) => readonly string[] = () => [],
): LoadedSettings {
  const faults: string[] = [];
  const reading: Reading = { env, faults, secrets: [] };
  const values = readGroup({ ...allSettings, STRATEGIES: strategiesSetting(ownStrategies) }, reading);
  const ldapDirectories = readDirectories(values, reading);
  const settings: Settings = { ...values, ldapDirectories, secretFiles: [] };
  const together = checkTogether(settings);
  // What could not be read is not missing as well.
  const unreadable = new Set(faults.map(variableIn));
  faults.push(...together.faults.filter((fault) => !unreadable.has(variableIn(fault))));
  const typos = warnOfTypos(env, Object.keys(settings.ldapDirectories));
  if (faults.length > 0) {
    const told = new Set(faults.map(variableIn));
    const further = furtherFaults(settings).filter((fault) => !told.has(variableIn(fault)));
    throw new ConfigurationError([...faults, ...further], typos);
  }
  const followed = followSecrets({ ...settings }, values, reading.secrets);
  return { settings: Object.freeze(followed), warnings: [...together.warnings, ...typos] };
}

/** What is read from, and what was found on the way. */
interface Reading {
  readonly env: Environment;
  readonly faults: string[];
  readonly secrets: ReadSecret[];
}

interface ReadSecret {
  readonly found: FoundSecret;
  readonly setting: Setting<unknown>;
  /** The name of the property, which is not the variable in a further directory. */
  readonly name: string;
  readonly group: object;
}

/** Secrets that stand in files follow them, in the settings and in those of the directory that they belong to. */
function followSecrets(
  settings: Settings & { secretFiles: readonly SecretFile[] },
  values: object,
  secrets: readonly ReadSecret[],
): Settings {
  settings.secretFiles = secrets.map(({ group, ...secret }) => {
    const isShared = group === values;
    const settingsWith = (value: unknown): Settings => {
      const changed = { [secret.name]: value };
      const directories = Object.entries(settings.ldapDirectories).map(
        ([name, one]): [string, LdapSettings] => [name, one === group ? { ...one, ...changed } : one],
      );
      const ldapDirectories = Object.fromEntries(directories);
      return { ...settings, ...(isShared && changed), ldapDirectories };
    };
    return followSecret({ ...secret, holders: isShared ? [group, settings] : [group], settingsWith });
  });
  return settings;
}

/** Every fault begins with the variable that it speaks of. */
function variableIn(fault: string): string {
  return /^[A-Z0-9_]+/.exec(fault)?.[0] ?? '';
}

/** The settings of each directory in STRATEGIES or EXTERNAL_AUTH_SHADOW, under its strategy's name. */
function readDirectories(
  values: Omit<Settings, 'ldapDirectories' | 'secretFiles'>,
  reading: Reading,
): Record<string, LdapSettings> {
  const used = [...values.STRATEGIES, values.EXTERNAL_AUTH_SHADOW ?? ''];
  const names = new Set(used.filter((name) => kindOfStrategy(name) === 'ldap'));
  const read = (name: string): LdapSettings =>
    name === 'ldap' ? values : readGroup(ldapSettings, reading, (own) => ldapVariable(name, own));
  return Object.fromEntries([...names].map((name) => [name, read(name)]));
}

/** `variableOf` says under which variable a setting of the group is found, where that is not its own name. */
function readGroup<G extends SettingGroup>(
  group: G,
  reading: Reading,
  variableOf: (name: string) => string = (name) => name,
): ValuesOf<G> {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(group)) {
    const variable = variableOf(name);
    try {
      const found = setting.secret ? foundSecret(variable, reading.env) : undefined;
      if (found) reading.secrets.push({ found, setting, name, group: values });
      values[name] = valueOf(setting, found?.text ?? reading.env[variable]);
    } catch (error) {
      if (!(error instanceof SettingFault)) throw error;
      reading.faults.push(`${variable} ${error.message}`);
      values[name] = setting.whenAbsent;
    }
  }
  // The loop above has given each key of the group the value of its own setting.
  return values as ValuesOf<G>;
}

function valueOf(setting: Setting<unknown>, raw: string | undefined): unknown {
  return raw === undefined || raw === '' ? setting.whenAbsent : setting.parse(raw);
}

/** Undefined where no file is named. */
function foundSecret(name: string, env: Environment): FoundSecret | undefined {
  const direct = env[name];
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return undefined;
  if (direct !== undefined && direct !== '') throw new SettingFault(`is set twice, here and by ${name}_FILE`);
  return readSecretFile(name, file);
}
