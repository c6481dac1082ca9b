import { randomBytes } from 'node:crypto';
import { FakeClock } from '../../test/support/fake-clock';
import { createLogger } from '../common/logger';
import { MemoryStore } from '../stores/memory.store';
import { type StoredRecord, StoreUnavailable } from '../stores/store';
import { RefreshTokenCodec } from './refresh-token';
import { LocalRefreshTokenKey, SharedRefreshTokenKey } from './refresh-token-key';

const clock = new FakeClock();
const content = {
  sessionId: randomBytes(16).toString('base64url'),
  generation: 1,
  branch: 0,
  expiresAtSeconds: 9,
};

/** A store that can be down. */
class FlakyStore extends MemoryStore {
  isDown = false;

  override read(key: string): Promise<StoredRecord | undefined> {
    return this.isDown ? Promise.reject(new StoreUnavailable('down')) : super.read(key);
  }
}

function shared(store: MemoryStore, lines: string[] = []): SharedRefreshTokenKey {
  return new SharedRefreshTokenKey(
    store,
    clock,
    createLogger('trace', { write: (line) => void lines.push(line) }),
  );
}

describe('the key of the refresh tokens', () => {
  it('is the same for all who share a store, whoever comes first', async () => {
    const store = new MemoryStore({ clock });
    const keys = Array.from({ length: 10 }, () => shared(store));
    await Promise.all(keys.map((key) => key.load(5000)));
    expect(new Set(keys.map((key) => key.get().export().toString('hex'))).size).toBe(1);
    const [one, other] = keys.map((key) => new RefreshTokenCodec(key));
    expect(other?.decode(one?.encode(content) ?? '')).toEqual(content);
  });

  it('is another one in another store', async () => {
    const [one, other] = [shared(new MemoryStore({ clock })), shared(new MemoryStore({ clock }))];
    await Promise.all([one.load(5000), other.load(5000)]);
    const token = new RefreshTokenCodec(one).encode(content);
    expect(new RefreshTokenCodec(other).decode(token)).toBeUndefined();
  });

  it('is an outage until the store has told it, never a token that is no good', async () => {
    const store = new FlakyStore({ clock });
    store.isDown = true;
    const lines: string[] = [];
    const key = shared(store, lines);
    await key.load(1);
    expect(() => key.get()).toThrow(StoreUnavailable);
    expect(lines.join('')).toContain('down');
    store.isDown = false;
    await key.load(5000);
    expect(key.get().symmetricKeySize).toBe(32);
    store.isDown = true;
    expect(key.get().symmetricKeySize).toBe(32);
  });

  it('is not made of a record or a file that holds something else', async () => {
    const store = new MemoryStore({ clock });
    await store.create('keys:refresh-token', 'short', clock.nowMs() + 1000);
    const key = shared(store);
    await key.load(1);
    expect(() => key.get()).toThrow(StoreUnavailable);
    expect(() => new LocalRefreshTokenKey('short', '/data/refresh-token.key')).toThrow(
      '/data/refresh-token.key',
    );
  });
});
