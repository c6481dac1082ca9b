import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { type Environment, type LoadedSettings, loadSettings } from './load-settings';
import type { Settings } from './settings';

/**
 * Loads the settings from the process environment and from `.env` in the working directory, if there is one.
 * A variable that is set already wins over the file.
 * @param ownStrategies as for `loadSettings`, and so are the further faults
 * @throws ConfigurationError
 */
export function loadSettingsFromProcess(
  ownStrategies: readonly string[] = [],
  furtherFaults?: (settings: Settings) => readonly string[],
): LoadedSettings {
  return loadSettings(processEnvironment(), ownStrategies, furtherFaults);
}

/**
 * Loads only the named settings, also those that stand in a file (`NAME_FILE`), and gives all others their defaults, for commands that work before the gateway is configured.
 * @throws ConfigurationError
 */
export function loadSomeSettingsFromProcess(...names: readonly (keyof Settings)[]): Settings {
  const env = processEnvironment();
  const variables = names.flatMap((name) => [name, `${name}_FILE`]).filter((name) => env[name] !== undefined);
  return loadSettings(Object.fromEntries(variables.map((name) => [name, env[name]]))).settings;
}

/** Whether somebody has set it, rather than that it has its default. */
export function isSetInProcess(name: keyof Settings): boolean {
  return (processEnvironment()[name] ?? '') !== '';
}

/** An empty variable counts as absent, so it does not hide what `.env` says. */
function processEnvironment(): Environment {
  const fromFile = existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {};
  const present = Object.entries(process.env).filter(([, value]) => value !== undefined && value !== '');
  return { ...fromFile, ...Object.fromEntries(present) };
}
