import { existsSync } from 'node:fs';
import { type LoadedSettings, loadSettings } from './load-settings';
import type { Settings } from './settings';

/**
 * Loads the settings from the process environment and from `.env` in the working directory, if there is one.
 * A variable that is set already wins over the file.
 * @throws ConfigurationError
 */
export function loadSettingsFromProcess(): LoadedSettings {
  return loadSettings(processEnvironment());
}

/**
 * Loads only the named settings and gives all others their defaults, for commands that work before the gateway is configured.
 * @throws ConfigurationError
 */
export function loadSomeSettingsFromProcess(...names: readonly (keyof Settings)[]): Settings {
  const env = processEnvironment();
  return loadSettings(Object.fromEntries(names.map((name) => [name, env[name]]))).settings;
}

function processEnvironment(): NodeJS.ProcessEnv {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}
