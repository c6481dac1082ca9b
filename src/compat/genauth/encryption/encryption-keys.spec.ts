import { randomBytes } from 'node:crypto';
import { FakeClock } from '../../../../test/support/fake-clock';
import { describeError } from '../../../common/system-error';
import { ConfigurationError } from '../../../config/load-settings';
import { MemoryStore } from '../../../stores/memory.store';
import { type StoredRecord, StoreUnavailable } from '../../../stores/store';
import { EncryptionKeys, encryptionKeysRecord } from './encryption-keys';
import {
  decodeEncryptionKeys,
  encodeEncryptionKeys,
  newPrivateKeys,
  UnreadableEncryptionKeys,
} from './encryption-keys-record';

const clock = new FakeClock();
const secret = randomBytes(32).toString('base64');

/** A store that can be down, and that counts its readings. */
class WatchedStore extends MemoryStore {
  isDown = false;
  readings = 0;

  override read(key: string): Promise<StoredRecord | undefined> {
    this.readings++;
    return this.isDown ? Promise.reject(new StoreUnavailable('down')) : super.read(key);
  }
}

function keysIn(store: MemoryStore, current?: string, previous?: string): EncryptionKeys {
  const settings = { KEY_ENCRYPTION_KEY: current, KEY_ENCRYPTION_KEY_PREVIOUS: previous };
  return new EncryptionKeys({ store, clock, settings });
}

async function recordIn(store: MemoryStore): Promise<string> {
  return (await store.read(encryptionKeysRecord))?.value ?? '';
}

describe('the keys that passwords are encrypted with', () => {
  it('are the same for all who share a store, whoever comes first', async () => {
    const store = new MemoryStore({ clock });
    const all = await Promise.all(Array.from({ length: 4 }, () => keysIn(store).publicKeys()));
    expect(new Set(all.map((keys) => JSON.stringify(keys))).size).toBe(1);
    const elsewhere = await keysIn(new MemoryStore({ clock })).publicKeys();
    expect(elsewhere.rsa.publicKey).not.toBe(all[0]?.rsa.publicKey);
    expect(elsewhere.sm2.publicKey).not.toBe(all[0]?.sm2.publicKey);
  });

  it('are published as the clients of GenAuth read them, and nothing private with them', async () => {
    const { rsa, sm2, ...more } = await keysIn(new MemoryStore({ clock })).publicKeys();
    expect([Object.keys(rsa), Object.keys(sm2), more]).toEqual([['publicKey'], ['publicKey'], {}]);
    expect(rsa.publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\s\S]+-----END PUBLIC KEY-----\n$/);
    expect(sm2.publicKey).toMatch(/^04[0-9a-f]{128}$/);
  });

  it('are read once, also when many ask at once', async () => {
    const store = new WatchedStore({ clock });
    await keysIn(store).publicKeys();
    store.readings = 0;
    const keys = keysIn(store);
    await Promise.all([keys.publicKeys(), keys.privateKeys(), keys.publicKeys()]);
    store.isDown = true;
    await keys.privateKeys();
    expect(store.readings).toBe(1);
  });

  it('are asked for again after the store was down', async () => {
    const store = new WatchedStore({ clock });
    const keys = keysIn(store);
    store.isDown = true;
    await expect(keys.publicKeys()).rejects.toThrow(StoreUnavailable);
    store.isDown = false;
    await expect(keys.publicKeys()).resolves.toHaveProperty('rsa');
  });

  it('are sealed where KEY_ENCRYPTION_KEY is set, and cannot be read without it', async () => {
    const store = new MemoryStore({ clock });
    const { rsa, sm2 } = await keysIn(store, secret).privateKeys();
    expect(await recordIn(store)).not.toContain('PRIVATE KEY');
    expect(await recordIn(store)).not.toContain(sm2);
    expect(await keysIn(store, secret).privateKeys()).toEqual({ rsa, sm2 });
    await expect(keysIn(store).privateKeys()).rejects.toThrow('KEY_ENCRYPTION_KEY is not set');
    const another = keysIn(store, randomBytes(32).toString('base64'));
    await expect(another.privateKeys()).rejects.toThrow('KEY_ENCRYPTION_KEY does not open the keys');
    await expect(another.privateKeys()).rejects.toThrow(StoreUnavailable);
  });

  it('are sealed later when KEY_ENCRYPTION_KEY is set later, by reseal alone, and stay the same', async () => {
    const store = new MemoryStore({ clock });
    expect(await keysIn(store, secret).reseal()).toBeUndefined();
    const before = await keysIn(store).privateKeys();
    expect(await keysIn(store, secret).privateKeys()).toEqual(before);
    expect(await recordIn(store)).toContain('PRIVATE KEY');
    expect(await keysIn(store, secret).sealingAdvice()).toMatch(/not sealed yet.*keys reseal/);
    expect(await keysIn(store, secret).reseal()).toBe('none');
    expect(await recordIn(store)).not.toContain('PRIVATE KEY');
    expect(await keysIn(store, secret).privateKeys()).toEqual(before);
    expect(await keysIn(store, secret).sealingAdvice()).toBeUndefined();
  });

  it('outlive a change of KEY_ENCRYPTION_KEY: both open them until reseal, the new one afterwards', async () => {
    const store = new MemoryStore({ clock });
    const newer = randomBytes(32).toString('base64');
    const before = await keysIn(store, secret).privateKeys();
    expect(await keysIn(store, newer, secret).privateKeys()).toEqual(before);
    expect(await keysIn(store, newer, secret).sealingAdvice()).toMatch(/_PREVIOUS; call `keys reseal`/);
    expect(await keysIn(store, secret).privateKeys()).toEqual(before);
    expect(await keysIn(store, newer, secret).reseal()).toBe('previous');
    expect(await keysIn(store, newer, secret).reseal()).toBe('current');
    expect(await keysIn(store, newer, secret).sealingAdvice()).toMatch('remove KEY_ENCRYPTION_KEY_PREVIOUS');
    expect(await keysIn(store, newer).privateKeys()).toEqual(before);
    for (const wrong of [keysIn(store, secret), keysIn(store)]) {
      await expect(wrong.sealingAdvice()).rejects.toThrow(ConfigurationError);
      await expect(wrong.reseal()).rejects.toThrow(ConfigurationError);
    }
  });

  it('outlive any release', async () => {
    const store = new MemoryStore({ clock });
    const before = await keysIn(store).publicKeys();
    clock.advance(50 * 365 * 24 * 3600 * 1000);
    expect(await keysIn(store).publicKeys()).toEqual(before);
  });

  it.each([
    ['no JSON', 'PRIVATE'],
    ['no object', '7'],
    ['of another release', '{"v":2}'],
    ['without keys', '{"v":1}'],
    ['without a key of SM2', '{"v":1,"keys":{"rsa":"PRIVATE"}}'],
    ['with keys that are none', '{"v":1,"keys":{"rsa":"PRIVATE","sm2":"PRIVATE"}}'],
  ])('are an outage when their record is %s, and no word tells what is in it', async (_case, value) => {
    const store = new MemoryStore({ clock });
    await store.create(encryptionKeysRecord, value, clock.nowMs() + 1000);
    const error = await keysIn(store)
      .privateKeys()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(describeError(error)).not.toContain('PRIVATE');
  });

  it('are read back whatever they are, 64 digits for SM2 also where they begin with zeros', async () => {
    const { rsa, sm2 } = await newPrivateKeys();
    expect(sm2).toMatch(/^[0-9a-f]{64}$/);
    const small = '1'.padStart(64, '0');
    const { privateKeys, publicKeys } = decodeEncryptionKeys(
      encodeEncryptionKeys({ rsa, sm2: small }, undefined),
      [],
    );
    expect(privateKeys).toEqual({ rsa, sm2: small });
    // The base point of GB/T 32918.5.
    expect(publicKeys.sm2.publicKey).toMatch(/^0432c4ae2c1f198119/);
    expect(() => decodeEncryptionKeys('', [])).toThrow(UnreadableEncryptionKeys);
  });
});
