import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readOrCreatePrivateFile } from '../common/private-file';
import type { Settings } from '../config/settings';
import { AuditNames } from './audit-names';

type NameSettings = Pick<Settings, 'AUDIT_NAMES' | 'AUDIT_NAMES_KEY' | 'DATA_DIR' | 'REDIS_URL'>;

const keyBytes = 32;

/** Who asks: a command makes no key that it can do without, since the file should belong to the user of the gateway. */
type Asker = 'gateway' | 'command';

/** How people are named under these settings. @throws Error of the file system when the key in DATA_DIR cannot be read or made */
export function auditNamesOf(settings: NameSettings, asker: Asker = 'gateway'): AuditNames {
  return new AuditNames(settings.AUDIT_NAMES, keyOf(settings, asker));
}

function keyOf(
  { AUDIT_NAMES: mode, AUDIT_NAMES_KEY: key, ...rest }: NameSettings,
  asker: Asker,
): KeyObject | undefined {
  if (mode === 'plain') return undefined;
  if (key !== undefined) return createSecretKey(Buffer.from(key));
  // Such a gateway keeps nothing on its own disk, and may have none that it can write to.
  if (rest.REDIS_URL !== undefined) return createSecretKey(randomBytes(keyBytes));
  const path = join(rest.DATA_DIR, 'audit-names.key');
  if (asker === 'command' && mode === 'known' && !existsSync(path)) return undefined;
  const make = (): string => randomBytes(keyBytes).toString('base64url');
  return createSecretKey(Buffer.from(readOrCreatePrivateFile(path, make)));
}
