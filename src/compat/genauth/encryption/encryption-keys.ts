import type { Clock } from '../../../common/clock';
import { ConfigurationError } from '../../../config/load-settings';
import type { Settings } from '../../../config/settings';
import { type Store, type StoredRecord, StoreUnavailable } from '../../../stores/store';
import { KeySealer } from '../../../tokens/key-sealing';
import type { Sealing } from '../../../tokens/stored-key-ring';
import {
  decodeEncryptionKeys,
  encodeEncryptionKeys,
  type EncryptionKeyPairs,
  newPrivateKeys,
  type PrivateEncryptionKeys,
  type PublicEncryptionKeys,
  SealedOtherwise,
  UnreadableEncryptionKeys,
} from './encryption-keys-record';

export interface EncryptionKeysOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: Pick<Settings, 'KEY_ENCRYPTION_KEY' | 'KEY_ENCRYPTION_KEY_PREVIOUS'>;
}

export const encryptionKeysRecord = 'keys:password-encryption';
/** Clients may have kept the public keys for any time, so they stay for good; a store wants some end. */
const lifeMs = 100 * 365 * 24 * 60 * 60 * 1000;
/** A lost race means that there is a record now; it is read at the second turn. */
const mostTurns = 3;

/**
 * The keys that clients encrypt passwords with. All who share the store have the same; the first to need them makes them, sealed by
 * KEY_ENCRYPTION_KEY where that is set. They are read once in the life of a process. What stands in the store stays sealed as it is
 * until `reseal`: there may be gateways that do not have a new KEY_ENCRYPTION_KEY yet.
 */
export class EncryptionKeys {
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly sealer: KeySealer | undefined;
  /** In the order of trying. */
  private readonly sealers: readonly KeySealer[];
  private known: Promise<EncryptionKeyPairs> | undefined;

  constructor({ store, clock, settings }: EncryptionKeysOptions) {
    this.store = store;
    this.clock = clock;
    const secrets = [settings.KEY_ENCRYPTION_KEY, settings.KEY_ENCRYPTION_KEY_PREVIOUS];
    this.sealers = secrets.filter((secret) => secret !== undefined).map((secret) => new KeySealer(secret));
    [this.sealer] = this.sealers;
  }

  /** What clients encrypt with. @throws StoreUnavailable when the keys cannot be read, also when KEY_ENCRYPTION_KEY is another. */
  async publicKeys(): Promise<PublicEncryptionKeys> {
    return (await this.pairs()).publicKeys;
  }

  /** What passwords are decrypted with. @throws StoreUnavailable as `publicKeys` does. */
  async privateKeys(): Promise<PrivateEncryptionKeys> {
    return (await this.pairs()).privateKeys;
  }

  /**
   * What is still to be done after KEY_ENCRYPTION_KEY was set or changed; undefined for nothing, or where no keys have been made yet.
   * @throws StoreUnavailable; ConfigurationError when neither KEY_ENCRYPTION_KEY nor KEY_ENCRYPTION_KEY_PREVIOUS opens them
   */
  async sealingAdvice(): Promise<string | undefined> {
    const found = await this.find();
    if (!found || !this.sealer) return undefined;
    const sealing = this.sealingOf(found.pairs);
    const isSettled = sealing === 'current' && this.sealers.length === 1;
    return isSettled ? undefined : advice[sealing];
  }

  /**
   * Seals them with KEY_ENCRYPTION_KEY where they are sealed with the previous one, or not at all; they stay the same.
   * @returns what they were sealed with before; undefined when none have been made yet.
   * @throws as `sealingAdvice`
   */
  async reseal(): Promise<Sealing | undefined> {
    for (let turn = 0; turn < mostTurns; turn++) {
      const found = await this.find();
      if (!found) return undefined;
      const before = this.sealingOf(found.pairs);
      if (before === 'current') return before;
      const text = encodeEncryptionKeys(found.pairs.privateKeys, this.sealer);
      if (await this.store.replace(encryptionKeysRecord, found.version, text, this.expiresAtMs()))
        return before;
    }
    throw new StoreUnavailable(`the record ${encryptionKeysRecord} is changed by others again and again`);
  }

  /** All who ask at the same time wait for one reading; after a failure the next asks anew. */
  private pairs(): Promise<EncryptionKeyPairs> {
    this.known ??= this.readOrMake().catch((error: unknown) => {
      this.known = undefined;
      throw error;
    });
    return this.known;
  }

  private async readOrMake(): Promise<EncryptionKeyPairs> {
    for (let turn = 0; turn < mostTurns; turn++) {
      const record = await this.store.read(encryptionKeysRecord);
      if (record) return this.decode(record);
      const text = encodeEncryptionKeys(await newPrivateKeys(), this.sealer);
      // Where another was quicker, its keys count.
      await this.store.create(encryptionKeysRecord, text, this.expiresAtMs());
    }
    throw new StoreUnavailable(`the record ${encryptionKeysRecord} does not stay`);
  }

  /** For those who can tell an operator: here a wrong key is no outage. */
  private async find(): Promise<FoundKeys | undefined> {
    const record = await this.store.read(encryptionKeysRecord);
    if (!record) return undefined;
    try {
      return { pairs: decodeEncryptionKeys(record.value, this.sealers), version: record.version };
    } catch (error) {
      if (error instanceof SealedOtherwise) throw new ConfigurationError([error.message]);
      throw unreadable(error);
    }
  }

  private decode({ value }: StoredRecord): EncryptionKeyPairs {
    try {
      return decodeEncryptionKeys(value, this.sealers);
    } catch (error) {
      throw unreadable(error);
    }
  }

  private sealingOf({ sealer }: EncryptionKeyPairs): Sealing {
    if (!sealer) return 'none';
    return sealer === this.sealer ? 'current' : 'previous';
  }

  private expiresAtMs(): number {
    return this.clock.nowMs() + lifeMs;
  }
}

interface FoundKeys {
  readonly pairs: EncryptionKeyPairs;
  readonly version: number;
}

const resealWhenAllHaveIt = 'call `keys reseal` when all gateways have KEY_ENCRYPTION_KEY';
const advice: Readonly<Record<Sealing, string>> = {
  current: 'The keys for passwords are sealed with KEY_ENCRYPTION_KEY; remove KEY_ENCRYPTION_KEY_PREVIOUS',
  previous: `The keys for passwords are sealed with KEY_ENCRYPTION_KEY_PREVIOUS; ${resealWhenAllHaveIt}`,
  none: `The keys for passwords are not sealed yet; ${resealWhenAllHaveIt}`,
};

function unreadable(error: unknown): unknown {
  if (!(error instanceof UnreadableEncryptionKeys)) return error;
  return new StoreUnavailable(`the record ${encryptionKeysRecord} cannot be read: ${error.message}`);
}
