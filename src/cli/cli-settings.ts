import { PasswordRules } from '../auth/password-rules';
import { loadSomeSettingsFromProcess } from '../config/environment';
import type { Settings } from '../config/settings';
import { usersFilePath } from '../strategies/file/users-file-access';

/** The few settings that the command line needs. */
export interface CliSettings {
  readonly usersFile: string;
  /** The configured address; undefined when the gateway uses its default one. */
  readonly host?: string;
  readonly port: number;
  /** What new passwords must be; reads the list of those that nobody may have. @throws Error that names the setting */
  readonly passwordRules: () => PasswordRules;
}

/**
 * Reads only what the commands need, so that users can be added before the rest of the gateway is configured. Checks and defaults
 * are the gateway's own.
 * @throws ConfigurationError
 */
export function loadCliSettings(): CliSettings {
  const settings = loadSomeSettingsFromProcess(
    ...(['USERS_FILE', 'DATA_DIR', 'HOST', 'PORT'] as const),
    ...(['PASSWORD_MIN_LENGTH', 'PASSWORD_BLOCKLIST_FILE', 'PASSWORD_FORBIDDEN_WORDS'] as const),
  );
  const { HOST: host, PORT: port } = settings;
  return { usersFile: usersFilePath(settings), host, port, passwordRules: () => new PasswordRules(settings) };
}

/** What the audit trail of the command line needs. @throws ConfigurationError */
export function loadCliAuditSettings(): Settings {
  return loadSomeSettingsFromProcess(
    ...(['AUDIT_LOG', 'AUDIT_NAMES', 'AUDIT_NAMES_KEY', 'DATA_DIR'] as const),
    ...(['REDIS_URL', 'REDIS_MODE'] as const),
  );
}
