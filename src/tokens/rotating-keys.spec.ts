import { eventually } from '../../test/support/ldap-logins';
import { FakeClock } from '../../test/support/fake-clock';
import { temporaryFolder } from '../../test/support/gateway';
import { ConfigurationError, loadSettings } from '../config/load-settings';
import { MemoryStore } from '../stores/memory.store';
import { type KeyBatch, Store, type StoredRecord, StoreUnavailable, type WindowCount } from '../stores/store';
import { promote } from './key-ring';
import { RotatingKeys } from './rotating-keys';
import { StoredKeyRing } from './stored-key-ring';

const dayMs = 24 * 60 * 60 * 1000;
const running: RotatingKeys[] = [];

afterEach(async () => {
  for (const keys of running.splice(0)) await keys.onModuleDestroy();
});

/** A store whose reads, or whose changes, can fail. */
class FlakyStore extends Store {
  readsFail = false;
  changesFail = false;
  reads = 0;

  constructor(private readonly inner: Store) {
    super();
  }

  override read(key: string): Promise<StoredRecord | undefined> {
    this.reads++;
    return this.readsFail ? this.fail() : this.inner.read(key);
  }

  override create(key: string, value: string, expiresAtMs: number): Promise<boolean> {
    return this.changesFail ? this.fail() : this.inner.create(key, value, expiresAtMs);
  }

  override replace(key: string, version: number, value: string, expiresAtMs: number): Promise<boolean> {
    return this.changesFail ? this.fail() : this.inner.replace(key, version, value, expiresAtMs);
  }

  override delete(key: string): Promise<boolean> {
    return this.inner.delete(key);
  }

  override increment(key: string, windowMs: number): Promise<WindowCount> {
    return this.inner.increment(key, windowMs);
  }

  override scan(prefix: string, after: string | undefined, limit: number): Promise<KeyBatch> {
    return this.inner.scan(prefix, after, limit);
  }

  override close(): Promise<void> {
    return this.inner.close();
  }

  private fail(): Promise<never> {
    return Promise.reject(new StoreUnavailable('it is down'));
  }
}

function setUp(env: Readonly<Record<string, string>> = {}) {
  const clock = new FakeClock();
  const store = new FlakyStore(new MemoryStore({ clock }));
  const { settings } = loadSettings({ DATA_DIR: temporaryFolder(), ...env });
  const lines: string[] = [];
  const write = (fields: object, message: string): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  const logger = { debug: write, info: write, warn: write, error: write };
  const ringOf = (more = {}): StoredKeyRing =>
    new StoredKeyRing({ store, clock, settings: { ...settings, ...more }, algorithm: 'ES256' });
  const keysOf = (stored = ringOf()): RotatingKeys => {
    const keys = new RotatingKeys({ stored, clock, logger });
    running.push(keys);
    return keys;
  };
  const faults = (): string[] => lines.filter((line) => line.startsWith('the signing keys cannot be read'));
  return { clock, store, lines, faults, ringOf, keysOf };
}

describe('a store that is down', () => {
  it('at the start leaves nothing to sign with, until it is there', async () => {
    const { store, keysOf, faults } = setUp();
    store.readsFail = true;
    const keys = keysOf();
    await keys.onModuleInit();
    for (const use of [() => keys.current(), () => keys.find('kid'), () => keys.published()]) {
      expect(use).toThrow(StoreUnavailable);
    }
    expect(faults()).toHaveLength(1);
    store.readsFail = false;
    await eventually(() => isThere(keys), 20_000);
    expect(keys.published()).toHaveLength(1);
  });

  it('for a moment at the start is waited for', async () => {
    const { store, keysOf, faults } = setUp();
    store.readsFail = true;
    const keys = keysOf();
    const started = keys.onModuleInit();
    await eventually(() => store.reads > 2);
    store.readsFail = false;
    await started;
    expect(keys.current().algorithm).toBe('ES256');
    expect(faults()).toEqual([]);
  });

  it('later changes nothing, and stands in the log once', async () => {
    const { clock, store, keysOf, faults, lines } = setUp();
    const keys = keysOf();
    await keys.onModuleInit();
    const { keyId } = keys.current();
    store.readsFail = true;
    for (let round = 0; round < 5; round++) {
      clock.advance(10 * dayMs);
      await keys.refresh();
    }
    expect(keys.current().keyId).toBe(keyId);
    expect(faults()).toHaveLength(1);
    store.readsFail = false;
    clock.advance(10_000);
    await keys.refresh();
    expect(keys.published()).toHaveLength(2);
    expect(lines.join()).toContain('can be read again');
  });

  it('that takes no changes still tells what others have changed', async () => {
    const { clock, store, keysOf, ringOf } = setUp();
    const keys = keysOf();
    await keys.onModuleInit();
    clock.advance(29 * dayMs);
    const { next } = await ringOf().settle();
    clock.advance(dayMs);
    store.changesFail = true;
    await keys.refresh();
    expect(keys.find(next?.kid)?.keyId).toBe(next?.kid);
  });

  function isThere(keys: RotatingKeys): boolean {
    try {
      return keys.current().keyId !== undefined;
    } catch {
      return false;
    }
  }
});

describe('a key that is not known', () => {
  it('is looked for, although nobody looks by himself any more', async () => {
    const { keysOf, ringOf } = setUp();
    const keys = keysOf();
    await keys.onModuleInit();
    await keys.onModuleDestroy();
    // One is looked for while the time since the last look is short, one later.
    for (let round = 0; round < 3; round++) {
      const { current } = await ringOf().change(promote);
      expect(keys.find(current.kid)).toBeUndefined();
      await keys.lookFor(current.kid);
      expect(keys.find(current.kid)?.keyId).toBe(current.kid);
    }
  });

  it('is looked for once for a thousand of them', async () => {
    const { store, keysOf } = setUp();
    const keys = keysOf();
    await keys.onModuleInit();
    await keys.onModuleDestroy();
    const before = store.reads;
    await Promise.all(Array.from({ length: 1000 }, (_, index) => keys.lookFor(`unknown ${index}`)));
    // A look reads twice: what is known, and what is due.
    expect(store.reads - before).toBe(2);
  });
});

describe('many processes', () => {
  it('make one first key, and one next key', async () => {
    const { clock, ringOf } = setUp();
    const processes = Array.from({ length: 20 }, () => ringOf());
    const first = await Promise.all(processes.map((stored) => stored.settle()));
    expect(new Set(first.map(({ current }) => current.kid)).size).toBe(1);
    clock.advance(29 * dayMs);
    const published = await Promise.all(processes.map((stored) => stored.settle()));
    expect(new Set(published.map(({ next }) => next?.kid)).size).toBe(1);
    expect(published[0]?.next).toBeDefined();
    clock.advance(dayMs);
    const rotated = await Promise.all(processes.map((stored) => stored.settle()));
    expect(new Set(rotated.map(({ current }) => current.kid))).toEqual(new Set([published[0]?.next?.kid]));
    expect(rotated.map(({ previous }) => previous.length)).toEqual(rotated.map(() => 1));
  });
});

describe('a wrong KEY_ENCRYPTION_KEY', () => {
  it('is a fault of the configuration at the start, and later leaves the known keys', async () => {
    const { clock, keysOf, ringOf, faults } = setUp();
    const keys = keysOf();
    await keys.onModuleInit();
    const { keyId } = keys.current();
    // Somebody turns it on elsewhere, and the key set is changed there.
    clock.advance(29 * dayMs);
    await ringOf({ KEY_ENCRYPTION_KEY: 'a passphrase that only others have got' }).settle();
    await keys.refresh();
    expect(keys.current().keyId).toBe(keyId);
    expect(faults().join()).toContain('KEY_ENCRYPTION_KEY is needed');
    await expect(keysOf().onModuleInit()).rejects.toThrow(ConfigurationError);
  });
});
