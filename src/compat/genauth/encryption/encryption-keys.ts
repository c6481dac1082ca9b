import type { Clock } from '../../../common/clock';
import type { Settings } from '../../../config/settings';
import { type Store, type StoredRecord, StoreUnavailable } from '../../../stores/store';
import { KeySealer } from '../../../tokens/key-sealing';
import {
  decodeEncryptionKeys,
  encodeEncryptionKeys,
  type EncryptionKeyPairs,
  newPrivateKeys,
  type PrivateEncryptionKeys,
  type PublicEncryptionKeys,
  UnreadableEncryptionKeys,
} from './encryption-keys-record';

export interface EncryptionKeysOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: Pick<Settings, 'KEY_ENCRYPTION_KEY'>;
}

export const encryptionKeysRecord = 'keys:password-encryption';
/** Clients may have kept the public keys for any time, so they stay for good; a store wants some end. */
const lifeMs = 100 * 365 * 24 * 60 * 60 * 1000;
/** A lost race means that there is a record now; it is read at the second turn. */
const mostTurns = 3;

/**
 * The keys that clients encrypt passwords with. All who share the store have the same; the first to need them makes them. They are
 * sealed in the store by KEY_ENCRYPTION_KEY where that is set, and read from it once in the life of a process.
 */
export class EncryptionKeys {
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly sealer: KeySealer | undefined;
  private known: Promise<EncryptionKeyPairs> | undefined;

  constructor({ store, clock, settings: { KEY_ENCRYPTION_KEY: secret } }: EncryptionKeysOptions) {
    this.store = store;
    this.clock = clock;
    this.sealer = secret === undefined ? undefined : new KeySealer(secret);
  }

  /** What clients encrypt with. @throws StoreUnavailable when the keys cannot be read, also when KEY_ENCRYPTION_KEY is another. */
  async publicKeys(): Promise<PublicEncryptionKeys> {
    return (await this.pairs()).publicKeys;
  }

  /** What passwords are decrypted with. @throws StoreUnavailable as `publicKeys` does. */
  async privateKeys(): Promise<PrivateEncryptionKeys> {
    return (await this.pairs()).privateKeys;
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
      if (record) return this.sealed(record);
      const text = encodeEncryptionKeys(await newPrivateKeys(), this.sealer);
      // Where another was quicker, its keys count.
      await this.store.create(encryptionKeysRecord, text, this.clock.nowMs() + lifeMs);
    }
    throw new StoreUnavailable(`the record ${encryptionKeysRecord} does not stay`);
  }

  /** A record from before KEY_ENCRYPTION_KEY was set is sealed now. Who loses the race has nothing left to do. */
  private async sealed(record: StoredRecord): Promise<EncryptionKeyPairs> {
    const pairs = this.decode(record);
    if (!this.sealer || pairs.isSealed) return pairs;
    const text = encodeEncryptionKeys(pairs.privateKeys, this.sealer);
    await this.store.replace(encryptionKeysRecord, record.version, text, this.clock.nowMs() + lifeMs);
    return pairs;
  }

  private decode({ value }: StoredRecord): EncryptionKeyPairs {
    try {
      return decodeEncryptionKeys(value, this.sealer);
    } catch (error) {
      if (!(error instanceof UnreadableEncryptionKeys)) throw error;
      throw new StoreUnavailable(`the record ${encryptionKeysRecord} cannot be read: ${error.message}`);
    }
  }
}
