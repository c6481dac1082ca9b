import { loadSomeSettingsFromProcess } from '../config/environment';
import type { Settings } from '../config/settings';
import { usersFilePath } from '../strategies/file/users-file-access';

/** The few settings that the command line needs. */
export interface CliSettings {
  readonly usersFile: string;
  /** The configured address; undefined when the gateway uses its default one. */
  readonly host?: string;
  readonly port: number;
}

/**
 * Reads only what the commands need, so that users can be added before the rest of the gateway is configured. Checks and defaults
 * are the gateway's own.
 * @throws ConfigurationError
 */
export function loadCliSettings(): CliSettings {
  const settings = loadSomeSettingsFromProcess('USERS_FILE', 'DATA_DIR', 'HOST', 'PORT');
  return { usersFile: usersFilePath(settings), host: settings.HOST, port: settings.PORT };
}

/** What the audit trail of the command line needs. @throws ConfigurationError */
export function loadCliAuditSettings(): Settings {
  return loadSomeSettingsFromProcess('AUDIT_LOG', 'AUDIT_NAMES', 'AUDIT_NAMES_KEY', 'DATA_DIR', 'REDIS_URL');
}
