import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../common/clock';
import type { Logger } from '../common/logger';
import { readOrCreatePrivateFile } from '../common/private-file';
import type { Settings } from '../config/settings';
import type { Store } from '../stores/store';
import {
  LocalRefreshTokenKey,
  macKeyBytes,
  type RefreshTokenKey,
  SharedRefreshTokenKey,
} from './refresh-token-key';

/** A start does not wait longer for a store that is not there yet; requests are answered 503 until it is. */
const startPatienceMs = 2_000;

export interface TokenKeyParts {
  readonly settings: Pick<Settings, 'REDIS_URL' | 'DATA_DIR'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The one key of all tokens that stand for sessions: in the shared store, or in a file beside the embedded one. */
export async function openTokenKey({ settings, ...shared }: TokenKeyParts): Promise<RefreshTokenKey> {
  if (settings.REDIS_URL === undefined) return localKey(settings);
  const key = new SharedRefreshTokenKey(shared.store, shared.clock, shared.logger);
  await key.load(startPatienceMs);
  return key;
}

/** The key lives beside the store: without it the sessions there are worth nothing, and with it they go on after a restart. */
function localKey(settings: Pick<Settings, 'DATA_DIR'>): RefreshTokenKey {
  const path = join(settings.DATA_DIR, 'refresh-token.key');
  const text = readOrCreatePrivateFile(path, () => randomBytes(macKeyBytes).toString('base64url'));
  return new LocalRefreshTokenKey(text, path);
}
