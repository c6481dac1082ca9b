import { existsSync } from 'node:fs';
import { loadSettings, type LoadedSettings } from './load-settings';

/**
 * Loads the settings from the process environment and from `.env` in the working directory, if there is one.
 * A variable that is set already wins over the file.
 */
export function loadSettingsFromProcess(): LoadedSettings {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return loadSettings(process.env);
}
