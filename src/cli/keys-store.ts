import { existsSync } from 'node:fs';
import { type Clock, SystemClock } from '../common/clock';
import { createLogger } from '../common/logger';
import { isRelay } from '../config/check-external';
import { signingAlgorithm } from '../config/check-keys';
import { loadSettingsFromProcess } from '../config/environment';
import type { Settings } from '../config/settings';
import { embeddedStorePath, openStore } from '../stores/open-store';
import { type Store, StoreUnavailable } from '../stores/store';
import type { KeyRing, RingKey } from '../tokens/key-ring';
import { UnreadableKeyRing } from '../tokens/key-ring-record';
import { StoredKeyRing } from '../tokens/stored-key-ring';
import { type CommandContext, Refused } from './command';

/** The store that the running gateway uses as well. */
export interface OpenedStore {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: Settings;
}

/** A ring that is there, in the opened store. */
export interface OpenedKeys extends OpenedStore {
  readonly stored: StoredKeyRing;
  readonly ring: KeyRing;
}

/** Where changes of keys are taken down; absent for commands that change none. */
export type KeyContext = Partial<Pick<CommandContext, 'audit'>>;

const connectMs = 5000;
const retryMs = 50;

/**
 * Does something with the key ring of the gateway that has these settings, and closes the store again.
 * Rejects with Refused where there are no such keys, or the store cannot answer; with ConfigurationError.
 */
export async function withKeys(
  { audit }: KeyContext,
  action: (keys: OpenedKeys) => Promise<void>,
): Promise<void> {
  const { settings } = loadSettingsFromProcess();
  const algorithm = signingAlgorithm(settings);
  if (isRelay(settings)) throw new Refused('There are no signing keys with EXTERNAL_AUTH_MODE=relay');
  if (algorithm === 'HS256') throw new Refused('JWT_ALGORITHM is HS256: the key is JWT_SECRET itself');
  await withStore(settings, async (opened) => {
    const stored = new StoredKeyRing({
      ...opened,
      algorithm,
      onChange: (events) => events.forEach((event) => audit?.record({ event: 'signing_key', ...event })),
    });
    const found = await patiently(() => stored.read());
    if (!found) throw new Refused('There are no signing keys yet; the gateway makes them at its start');
    await action({ ...opened, stored, ring: found.ring });
  });
}

/** Does something with the store of the gateway that has these settings, and closes it again. Rejects as `withKeys` does. */
export async function withStore(
  settings: Settings,
  action: (opened: OpenedStore) => Promise<void>,
): Promise<void> {
  refuseMissingStore(settings);
  const clock = new SystemClock();
  const store = openStore({ settings, clock, logger: createLogger('silent') });
  try {
    await action({ store, clock, settings });
  } catch (error) {
    const isRefusal = error instanceof StoreUnavailable || error instanceof UnreadableKeyRing;
    throw isRefusal ? new Refused(error.message, { cause: error }) : error;
  } finally {
    await closeQuietly(store);
  }
}

/** Tries again for a while where the store does not answer: Redis is connected in the background. */
export async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + connectMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || performance.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
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

async function closeQuietly(store: Store): Promise<void> {
  // What had to be done has been done, or has failed for a better reason.
  await store.close().catch(() => undefined);
}
