import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../common/clock';
import type { Logger } from '../common/logger';
import { describeError } from '../common/system-error';
import { type Store, StoreUnavailable } from '../stores/store';

/**
 * The key that refresh tokens carry a MAC of. A KeyObject, since Node makes one of a Buffer for each MAC anew, which takes six
 * times as long as the MAC.
 */
export interface RefreshTokenKey {
  /** @throws StoreUnavailable while it is not known yet. */
  get(): KeyObject;
}

export const macKeyBytes = 32;
const retryMs = 100;
const recordKey = 'keys:refresh-token';
/** Whoever keeps it keeps it for good; a store wants some end. */
const lifeMs = 100 * 365 * 24 * 60 * 60 * 1000;

/** A key that this process has, from a file beside the embedded store. @throws Error that names the file when it is no key. */
export class LocalRefreshTokenKey implements RefreshTokenKey {
  private readonly key: KeyObject;

  constructor(text: string, path: string) {
    this.key = keyIn(text) ?? wrongFile(path);
  }

  get(): KeyObject {
    return this.key;
  }
}

/**
 * A key that all replicas share through the store. The first of them makes it. A store that is down at the start is asked again
 * and again; until then nobody can say what a token is worth.
 */
export class SharedRefreshTokenKey implements RefreshTokenKey {
  private key: KeyObject | undefined;
  private hasFailed = false;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  get(): KeyObject {
    if (this.key) return this.key;
    throw new StoreUnavailable('the key of the refresh tokens has not been read yet');
  }

  /** Reads until it succeeds. Resolves then, or after `patienceMs`; the reading goes on all the same. Never rejects. */
  load(patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const patience = setTimeout(resolve, patienceMs);
      void this.readUntilKnown().then(() => {
        clearTimeout(patience);
        resolve();
      });
    });
  }

  private async readUntilKnown(): Promise<void> {
    while (!this.key) {
      try {
        this.key = await this.readOrMake();
      } catch (error) {
        this.logFirst(error);
        // Keeps no process alive that wants to end.
        await sleep(retryMs, undefined, { ref: false });
      }
    }
  }

  private logFirst(error: unknown): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.logger.warn({ detail: describeError(error) }, 'The key of the refresh tokens cannot be read yet');
  }

  private async readOrMake(): Promise<KeyObject> {
    const known = await this.store.read(recordKey);
    if (known) return keyIn(known.value) ?? wrongRecord();
    const made = randomBytes(macKeyBytes);
    const isOurs = await this.store.create(
      recordKey,
      made.toString('base64url'),
      this.clock.nowMs() + lifeMs,
    );
    // Another replica was quicker: its key counts.
    return isOurs ? createSecretKey(made) : this.readOrMake();
  }
}

function keyIn(text: string): KeyObject | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === macKeyBytes ? createSecretKey(bytes) : undefined;
}

function wrongFile(path: string): never {
  throw new Error(`${path} does not hold ${macKeyBytes} bytes in base64url (DATA_DIR)`);
}

function wrongRecord(): never {
  throw new StoreUnavailable(`the record ${recordKey} does not hold ${macKeyBytes} bytes in base64url`);
}
