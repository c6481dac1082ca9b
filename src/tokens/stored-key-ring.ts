import type { Clock } from '../common/clock';
import { leastLeadSeconds } from '../config/key-settings';
import type { Settings } from '../config/settings';
import { type Store, StoreUnavailable } from '../stores/store';
import { readExistingKey } from './existing-key';
import { advance, firstRing, type KeyPolicy, type KeyRing, type RingStep, wantsKey } from './key-ring';
import { decodeKeyRing, encodeKeyRing } from './key-ring-record';
import { KeySealer } from './key-sealing';
import { type AsymmetricAlgorithm, type KeyPair, newKeyPair } from './signing-algorithms';

/** A ring as it was read, with the version that a replacement must name. */
export interface FoundRing {
  readonly ring: KeyRing;
  readonly version: number;
}

/** What somebody wants to do with a ring. Giving the same ring back means that nothing is to be done. */
export type RingChange = (ring: KeyRing, step: RingStep) => KeyRing;

export interface StoredKeyRingOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly algorithm: AsymmetricAlgorithm;
}

const recordKey = 'keys:signing';
/** Each change of the ring begins this time anew; a gateway changes it at least once in a key's life. */
const recordLifeMs = 11 * 365 * 24 * 60 * 60 * 1000;
/** Each lost race means that another process has changed the ring. */
const mostRaces = 10;

/** The key ring in the store, which all processes share. Compare-and-replace makes exactly one of them rotate. */
export class StoredKeyRing {
  readonly policy: KeyPolicy;
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly dataDir: string;
  private readonly sealer: KeySealer | undefined;
  private lastFound: FoundRing | undefined;

  constructor({ store, clock, settings, algorithm }: StoredKeyRingOptions) {
    this.store = store;
    this.clock = clock;
    this.dataDir = settings.DATA_DIR;
    this.policy = policyOf(settings, algorithm);
    const { KEY_ENCRYPTION_KEY: secret } = settings;
    this.sealer = secret === undefined ? undefined : new KeySealer(secret);
  }

  /**
   * @returns undefined when no ring has been made yet.
   * @throws StoreUnavailable; ConfigurationError when KEY_ENCRYPTION_KEY does not open it; UnreadableKeyRing
   */
  async read(): Promise<FoundRing | undefined> {
    const record = await this.store.read(recordKey);
    if (!record) return undefined;
    // A version is never given twice, so what was decoded before need not be decoded again.
    if (this.lastFound?.version === record.version) return this.lastFound;
    this.lastFound = { ring: decodeKeyRing(record.value, this.sealer), version: record.version };
    return this.lastFound;
  }

  /** Does what is due, and makes the first ring where there is none. Rejects as `read` does. */
  async settle(): Promise<KeyRing> {
    const found = await this.read();
    if (found && !this.isDue(found.ring)) return found.ring;
    return this.change(advance, (ring, step) => wantsKey(ring, step));
  }

  /**
   * Applies a change to the newest ring, again and again until nobody was quicker; makes the first ring where there is none.
   * `needsSpare` says whether the change wants a new key to be at hand. Rejects as `read` does.
   * @returns the ring that is now in the store.
   */
  async change(
    change: RingChange,
    needsSpare: (ring: KeyRing, step: RingStep) => boolean = () => true,
  ): Promise<KeyRing> {
    let spare: KeyPair | undefined;
    for (let race = 0; race < mostRaces; race++) {
      const found = await this.read();
      if (!found) {
        await this.createFirst();
        continue;
      }
      if (needsSpare(found.ring, this.step())) spare ??= await newKeyPair(this.policy.algorithm);
      const changed = change(found.ring, this.step(spare));
      if (changed === found.ring || (await this.replace(found, changed))) return changed;
    }
    throw new StoreUnavailable('the signing keys were changed by others again and again');
  }

  /** When it is now, for what works on a ring. */
  step(spare?: KeyPair): RingStep {
    return { nowMs: this.clock.nowMs(), policy: this.policy, ...(spare && { spare }) };
  }

  private isDue(ring: KeyRing): boolean {
    const step = this.step();
    return wantsKey(ring, step) || advance(ring, step) !== ring;
  }

  /** The key of an older release goes on, so that none of its tokens is refused. */
  private async createFirst(): Promise<void> {
    const key = readExistingKey(this.dataDir) ?? (await newKeyPair(this.policy.algorithm));
    const text = encodeKeyRing(firstRing(key, this.step()), this.sealer);
    await this.store.create(recordKey, text, this.expiresAtMs());
  }

  private replace(found: FoundRing, ring: KeyRing): Promise<boolean> {
    const text = encodeKeyRing(ring, this.sealer);
    return this.store.replace(recordKey, found.version, text, this.expiresAtMs());
  }

  private expiresAtMs(): number {
    return this.clock.nowMs() + recordLifeMs;
  }
}

function policyOf(settings: Settings, algorithm: AsymmetricAlgorithm): KeyPolicy {
  return {
    algorithm,
    maxAgeMs: settings.SIGNING_KEY_MAX_AGE_SECONDS * 1000,
    leadMs: settings.SIGNING_KEY_LEAD_SECONDS * 1000,
    leastLeadMs: leastLeadSeconds * 1000,
    tokenLifeMs: settings.ACCESS_TOKEN_TTL_SECONDS * 1000,
  };
}
