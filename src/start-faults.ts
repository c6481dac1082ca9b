import { accessSync, closeSync, constants, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PasswordRules } from './auth/password-rules';
import { SystemClock } from './common/clock';
import { createLogger } from './common/logger';
import { describeError, systemErrorCode } from './common/system-error';
import { hasPages } from './config/check-pages';
import { ConfigurationError } from './config/load-settings';
import type { Settings } from './config/settings';
import { openForStart } from './ops/audit-file';
import { LocalRefreshTokenKey } from './sessions/refresh-token-key';
import { redisOptions, usesRedis } from './stores/redis-options';
import { CredentialSources } from './strategies/credential-sources';
import { readExistingKey } from './tokens/existing-key';
import { readLogo } from './web/pages/logo';

/**
 * Everything in the files that the settings name that keeps the gateway from starting: each room stops at the first thing that it cannot
 * use, and an operator wants to know of all. Opens no connection, and is only asked when a start has failed.
 */
export function startFaults(settings: Settings): readonly string[] {
  const faultsBy = (check: Check) => faultsOf(() => check(settings));
  const ofFolder = faultsBy(checkFolder);
  const inFolder = ofFolder.length > 0 ? [] : checksInFolder.flatMap(faultsBy);
  return [...new Set([...checks.flatMap(faultsBy), ...ofFolder, ...inFolder])];
}

/** What to tell of a start that failed: a ConfigurationError with all faults, where the settings are to blame, else the error itself. */
export function withAllFaults(error: unknown, settings: Settings): unknown {
  const found = startFaults(settings);
  const met = error instanceof ConfigurationError ? error.faults : [describeError(error)];
  return found.length === 0 ? error : new ConfigurationError([...new Set([...met, ...found])]);
}

type Check = (settings: Settings) => unknown;

const checks: readonly Check[] = [
  (settings) =>
    new CredentialSources({ settings, logger: createLogger('silent'), clock: new SystemClock(), demo: null }),
  (settings) => new PasswordRules(settings),
  ({ PAGE_LOGO_FILE: path, ...settings }) => path !== undefined && hasPages(settings) && readLogo(path),
  (settings) => usesRedis(settings) && redisOptions(settings),
  ({ AUDIT_LOG: path }) => path !== 'stdout' && closeSync(openForStart(path)),
];

const checkFolder: Check = ({ DATA_DIR: folder, ...settings }) => usesRedis(settings) || demandFolder(folder);

/** A folder that cannot be used is one fault, and not one more of each file in it. */
const checksInFolder: readonly Check[] = [
  ({ DATA_DIR: folder }) => readExistingKey(folder),
  ({ DATA_DIR: folder, ...settings }) => usesRedis(settings) || readRefreshTokenKey(folder),
];

function faultsOf(check: () => unknown): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    return error instanceof ConfigurationError ? error.faults : [describeError(error)];
  }
}

function demandFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(`DATA_DIR cannot be used (${systemErrorCode(error) ?? 'unknown'})`, { cause: error });
  }
}

function readRefreshTokenKey(folder: string): void {
  const path = join(folder, 'refresh-token.key');
  if (existsSync(path)) new LocalRefreshTokenKey(readFileSync(path, 'utf8'), path).get();
}
