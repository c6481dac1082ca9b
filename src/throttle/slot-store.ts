import type { Store } from '../stores/store';

/** The verbs that failed logins are counted with. */
export type RecordVerbs = Pick<Store, 'create' | 'read' | 'replace' | 'delete'>;

/** Makes of a text 128 bits that strangers cannot foretell. */
export interface KeyedHash {
  /** @throws StoreUnavailable while its key is not known */
  of(text: string): Buffer;
}

const mostBits = 32;

interface Slot {
  readonly key: string;
  readonly tag: string;
}

/**
 * Keeps records under keys that strangers make up, such as names of nobody, in a fixed number of slots. A key that comes into the slot of
 * another one takes it, so that the older record is forgotten and no two keys ever share one. Which keys meet is known only to who holds the
 * key of the hash.
 */
export class SlotStore implements RecordVerbs {
  /** @param bits there are 2 to the power of `bits` slots; up to 32 */
  constructor(
    private readonly store: RecordVerbs,
    private readonly hash: KeyedHash,
    private readonly bits: number,
  ) {}

  async create(key: string, value: string, expiresAtMs: number): Promise<boolean> {
    const slot = this.slotOf(key);
    const stored = await this.store.read(slot.key);
    if (!stored) return this.store.create(slot.key, slot.tag + value, expiresAtMs);
    if (stored.value.startsWith(slot.tag)) return false;
    return this.store.replace(slot.key, stored.version, slot.tag + value, expiresAtMs);
  }

  async read(key: string): ReturnType<Store['read']> {
    const slot = this.slotOf(key);
    const stored = await this.store.read(slot.key);
    if (!stored?.value.startsWith(slot.tag)) return undefined;
    return { value: stored.value.slice(slot.tag.length), version: stored.version };
  }

  async replace(key: string, version: number, value: string, expiresAtMs: number): Promise<boolean> {
    const slot = this.slotOf(key);
    return this.store.replace(slot.key, version, slot.tag + value, expiresAtMs);
  }

  async delete(key: string): Promise<boolean> {
    return (await this.read(key)) !== undefined && this.store.delete(this.slotOf(key).key);
  }

  private slotOf(key: string): Slot {
    const hash = this.hash.of(key);
    const slot = hash.readUInt32BE(0) >>> (mostBits - this.bits);
    return { key: `lockout:slot:${slot.toString(36)}`, tag: hash.toString('base64url') };
  }
}
