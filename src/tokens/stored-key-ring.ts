import type { Clock } from '../common/clock';
import { leastLeadSeconds } from '../config/key-settings';
import type { Settings } from '../config/settings';
import { type Store, StoreUnavailable } from '../stores/store';
import { readExistingKey } from './existing-key';
import { advance, firstRing, type KeyPolicy, type KeyRing, type RingStep, wantsKey } from './key-ring';
import { keyEvents, type KeyListener } from './key-ring-events';
import { type DecodedRing, decodeKeyRing, encodeKeyRing } from './key-ring-record';
import { KeySealer } from './key-sealing';
import { type AsymmetricAlgorithm, type KeyPair, newKeyPair } from './signing-algorithms';

/** A ring as it was read, with the version that a replacement must name. */
export interface FoundRing extends DecodedRing {
  readonly version: number;
}

/** What the ring in the store is sealed with: `KEY_ENCRYPTION_KEY`, the one before it, or nothing. */
export type Sealing = 'current' | 'previous' | 'none';

/** What somebody wants to do with a ring. Giving the same ring back means that nothing is to be done. */
export type RingChange = (ring: KeyRing, step: RingStep) => KeyRing;

export interface StoredKeyRingOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly algorithm: AsymmetricAlgorithm;
  readonly onChange?: KeyListener;
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
  private readonly onChange: KeyListener;
  private readonly sealer: KeySealer | undefined;
  /** In the order of trying. */
  private readonly sealers: readonly KeySealer[];
  private lastFound: FoundRing | undefined;

  constructor({ store, clock, settings, algorithm, onChange }: StoredKeyRingOptions) {
    this.onChange = onChange ?? (() => undefined);
    this.store = store;
    this.clock = clock;
    this.dataDir = settings.DATA_DIR;
    this.policy = policyOf(settings, algorithm);
    const secrets = [settings.KEY_ENCRYPTION_KEY, settings.KEY_ENCRYPTION_KEY_PREVIOUS];
    this.sealers = secrets.filter((secret) => secret !== undefined).map((secret) => new KeySealer(secret));
    [this.sealer] = this.sealers;
  }

  /**
   * @returns undefined when no ring has been made yet.
   * @throws StoreUnavailable; ConfigurationError when neither KEY_ENCRYPTION_KEY nor KEY_ENCRYPTION_KEY_PREVIOUS opens it;
   * UnreadableKeyRing
   */
  async read(): Promise<FoundRing | undefined> {
    const record = await this.store.read(recordKey);
    if (!record) return undefined;
    // A version is never given twice, so what was decoded before need not be decoded again.
    if (this.lastFound?.version === record.version) return this.lastFound;
    this.lastFound = { ...decodeKeyRing(record.value, this.sealers), version: record.version };
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
    throw changedAgainAndAgain();
  }

  /**
   * Seals the ring with KEY_ENCRYPTION_KEY where it is sealed with the previous one, or not at all. Rejects as `read` does.
   * @returns what it was sealed with before; undefined when no ring has been made yet.
   */
  async reseal(): Promise<Sealing | undefined> {
    for (let race = 0; race < mostRaces; race++) {
      const found = await this.read();
      if (!found) return undefined;
      const before = this.sealingOf(found);
      if (before === 'current' || (await this.write(found, found.ring, this.sealer))) return before;
    }
    throw changedAgainAndAgain();
  }

  /** What a ring that was found is sealed with. */
  sealingOf({ sealer }: FoundRing): Sealing {
    if (!sealer) return 'none';
    return sealer === this.sealer ? 'current' : 'previous';
  }

  /** What is still to be done after KEY_ENCRYPTION_KEY was set or changed, by the ring as it was read last. */
  sealingAdvice(): string | undefined {
    if (!this.lastFound || !this.sealer) return undefined;
    const sealing = this.sealingOf(this.lastFound);
    const isSettled = sealing === 'current' && this.sealers.length === 1;
    return isSettled ? undefined : advice[sealing];
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
    const ring = firstRing(key, this.step());
    const text = encodeKeyRing(ring, this.sealer);
    const isOurs = await this.store.create(recordKey, text, this.expiresAtMs());
    if (isOurs) this.onChange(keyEvents(undefined, ring));
  }

  /**
   * What is sealed stays sealed with the same key, also with the previous one: while KEY_ENCRYPTION_KEY is being changed, there may
   * be gateways that do not have the new one yet.
   */
  private async replace(found: FoundRing, ring: KeyRing): Promise<boolean> {
    const isOurs = await this.write(found, ring, found.sealer ?? this.sealer);
    if (isOurs) this.onChange(keyEvents(found.ring, ring));
    return isOurs;
  }

  private write({ version }: FoundRing, ring: KeyRing, sealer: KeySealer | undefined): Promise<boolean> {
    return this.store.replace(recordKey, version, encodeKeyRing(ring, sealer), this.expiresAtMs());
  }

  private expiresAtMs(): number {
    return this.clock.nowMs() + recordLifeMs;
  }
}

const resealWhenAllHaveIt = 'call `keys reseal` when all gateways have KEY_ENCRYPTION_KEY';
const advice: Readonly<Record<Sealing, string>> = {
  current: 'The signing keys are sealed with KEY_ENCRYPTION_KEY; remove KEY_ENCRYPTION_KEY_PREVIOUS',
  previous: `The signing keys are sealed with KEY_ENCRYPTION_KEY_PREVIOUS; ${resealWhenAllHaveIt}`,
  none: `The signing keys are not sealed yet; ${resealWhenAllHaveIt}`,
};

function changedAgainAndAgain(): StoreUnavailable {
  return new StoreUnavailable('the signing keys were changed by others again and again');
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
