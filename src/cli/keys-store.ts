import { existsSync } from 'node:fs';
import { SystemClock } from '../common/clock';
import { createLogger } from '../common/logger';
import { isRelay } from '../config/check-external';
import { signingAlgorithm } from '../config/check-keys';
import { loadSettingsFromProcess } from '../config/environment';
import type { Settings } from '../config/settings';
import { embeddedStorePath, openStore } from '../stores/open-store';
import { type Store, StoreUnavailable } from '../stores/store';
import type { KeyRing, RingKey } from '../tokens/key-ring';
import { UnreadableKeyRing } from '../tokens/key-ring-record';
import { type FoundRing, StoredKeyRing } from '../tokens/stored-key-ring';
import { Refused } from './command';

/** A ring that is there, in the store that the running gateway uses as well. */
export interface OpenedKeys {
  readonly stored: StoredKeyRing;
  readonly ring: KeyRing;
  readonly settings: Settings;
}

/** Redis is connected in the background. */
const connectMs = 5000;
const retryMs = 50;

/**
 * Does something with the key ring of the gateway that has these settings, and closes the store again.
 * Rejects with Refused where there are no such keys, or the store cannot answer; with ConfigurationError.
 */
export async function withKeys(action: (keys: OpenedKeys) => Promise<void>): Promise<void> {
  const { settings } = loadSettingsFromProcess();
  const algorithm = signingAlgorithm(settings);
  if (isRelay(settings)) throw new Refused('There are no signing keys with EXTERNAL_AUTH_MODE=relay');
  if (algorithm === 'HS256') throw new Refused('JWT_ALGORITHM is HS256: the key is JWT_SECRET itself');
  refuseMissingStore(settings);
  const clock = new SystemClock();
  const store = openStore({ settings, clock, logger: createLogger('silent') });
  try {
    const stored = new StoredKeyRing({ store, clock, settings, algorithm });
    const found = await readPatiently(stored);
    if (!found) throw new Refused('There are no signing keys yet; the gateway makes them at its start');
    await action({ stored, ring: found.ring, settings });
  } catch (error) {
    const isRefusal = error instanceof StoreUnavailable || error instanceof UnreadableKeyRing;
    throw isRefusal ? new Refused(error.message, { cause: error }) : error;
  } finally {
    await closeQuietly(store);
  }
}

/** All keys that sign, or will. */
export function signersOf({ current, next }: KeyRing): readonly RingKey[] {
  return next ? [current, next] : [current];
}

/** A moment as the command line shows it. */
export function momentOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** The gateway makes it, so that it belongs to the gateway's user. */
function refuseMissingStore(settings: Settings): void {
  if (settings.REDIS_URL !== undefined || existsSync(embeddedStorePath(settings))) return;
  throw new Refused(`${embeddedStorePath(settings)} is missing; the gateway makes it at its first start`);
}

async function readPatiently(stored: StoredKeyRing): Promise<FoundRing | undefined> {
  const giveUpAt = performance.now() + connectMs;
  for (;;) {
    try {
      return await stored.read();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || performance.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

async function closeQuietly(store: Store): Promise<void> {
  // What had to be done has been done, or has failed for a better reason.
  await store.close().catch(() => undefined);
}
