import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import JSEncrypt from 'node-jsencrypt';
import { sm2 as smCrypto } from 'sm-crypto';
import { kdf, sm2 as smCryptoV2, sm3 } from 'sm-crypto-v2';
import { FakeClock } from '../../../../test/support/fake-clock';
import { createLogger } from '../../../common/logger';
import { MemoryStore } from '../../../stores/memory.store';
import { DecryptionThread, DecryptionUnavailable } from './decryption-thread';
import { EncryptionKeys } from './encryption-keys';
import type { PublicEncryptionKeys } from './encryption-keys-record';
import { PasswordDecryption } from './password-decryption';

const clock = new FakeClock();
const logger = createLogger('silent');
const settings = { KEY_ENCRYPTION_KEY: undefined, KEY_ENCRYPTION_KEY_PREVIOUS: undefined };
const keys = new EncryptionKeys({ store: new MemoryStore({ clock }), clock, settings });
/** Patient, so that a busy machine cannot make an outage of it. */
const thread = new DecryptionThread({ logger, deadlineMs: 25_000 });
const decryption = new PasswordDecryption({ keys, logger, thread });
afterAll(() => decryption.close());

const password = 'contraseña 密码 🔑';
let published: PublicEncryptionKeys;
let sm2Key: string;
beforeAll(async () => {
  published = await keys.publicKeys();
  sm2Key = published.sm2.publicKey;
});

/** As a client does that uses node:crypto. */
function rsaEncrypt(content: string | Uint8Array, padding = constants.RSA_PKCS1_PADDING): string {
  return publicEncrypt({ key: published.rsa.publicKey, padding }, Buffer.from(content)).toString('base64');
}

function jsencrypt(publicKey: string, text: string): string {
  const client = new JSEncrypt();
  client.setKey(publicKey);
  return client.encrypt(text) || '';
}

describe('a password that was not encrypted', () => {
  it('is taken as it is, from 1 to 1024 characters', async () => {
    for (const text of [password, ' ', 'x'.repeat(1024)])
      expect(await decryption.decrypt('none', text)).toBe(text);
    for (const text of ['', 'x'.repeat(1025)]) expect(await decryption.decrypt('none', text)).toBeUndefined();
  });
});

describe('a password that was encrypted with RSA', () => {
  it.each([password, 'x', ' \n', '\ufeffmark', 'x'.repeat(245)])(
    'is read from jsencrypt: %j',
    async (text) => {
      expect(await decryption.decrypt('rsa', jsencrypt(published.rsa.publicKey, text))).toBe(text);
    },
  );

  it('is read from jsencrypt with the bare base64 of the key, and from node:crypto', async () => {
    const bare = published.rsa.publicKey.replace(/-----[A-Z ]+-----|\n/g, '');
    expect(await decryption.decrypt('rsa', jsencrypt(bare, password))).toBe(password);
    expect(await decryption.decrypt('rsa', rsaEncrypt(password))).toBe(password);
  });

  it('has a key of 2048 bits', () => {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey(published.rsa.publicKey);
    expect(asymmetricKeyType).toBe('rsa');
    expect(asymmetricKeyDetails?.modulusLength).toBe(2048);
  });

  it.each([
    ['empty', () => rsaEncrypt('')],
    ['no UTF-8', () => rsaEncrypt(Buffer.from([0x70, 0xff, 0xfe]))],
    ['cut off within a character', () => rsaEncrypt(Buffer.from('ñ').subarray(0, 1))],
    ['not encrypted', () => password],
    ['above the modulus', () => Buffer.alloc(256, 0xff).toString('base64')],
    ['encrypted with SM2', () => smCrypto.doEncrypt(password, sm2Key)],
    ['nothing at all', () => ''],
  ])('is refused when it is %s', async (_case, encrypted) => {
    expect(await decryption.decrypt('rsa', encrypted())).toBeUndefined();
  });

  // A wrong padding gives bytes by chance; about one text in two hundred happens to be UTF-8.
  it.each([
    ['changed', changedRsa],
    ['of another padding', () => rsaEncrypt(password, constants.RSA_PKCS1_OAEP_PADDING)],
  ])('is never read right, and hardly ever at all, when it is %s', async (_case, encrypted) => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => decryption.decrypt('rsa', encrypted())),
    );
    expect(outcomes).not.toContain(password);
    expect(outcomes.filter((outcome) => outcome === undefined).length).toBeGreaterThan(14);
  });

  it('is refused or accepted again in the same way: the same text has the same outcome', async () => {
    const wrong = changedRsa();
    const outcomes = await Promise.all([1, 2, 3].map(() => decryption.decrypt('rsa', wrong)));
    expect(new Set(outcomes).size).toBe(1);
  });

  function changedRsa(): string {
    const bytes = Buffer.from(rsaEncrypt(password), 'base64');
    bytes.writeUInt8(bytes.readUInt8(200) ^ 1, 200);
    return bytes.toString('base64');
  }
});

describe('a password that was encrypted with SM2', () => {
  const clients = [
    ['sm-crypto', (text: string) => smCrypto.doEncrypt(text, sm2Key)],
    ['sm-crypto-v2', (text: string) => smCryptoV2.doEncrypt(text, sm2Key)],
  ] as const;

  it.each(clients)('is read from %s: bare, with 04, with sm2:, in either case', async (_client, encrypt) => {
    const text = encrypt(password);
    for (const sent of [text, `04${text}`, `sm2:${text}`, `sm2:04${text}`, text.toUpperCase()])
      expect(await decryption.decrypt('sm2', sent)).toBe(password);
  });

  it.each(['x', ' \n', '\ufeffmark', 'x'.repeat(1024), '密'.repeat(1024)])('is read: %.20j', async (text) => {
    expect(await decryption.decrypt('sm2', smCryptoV2.doEncrypt(text, sm2Key))).toBe(text);
  });

  it('is read also where a bare text begins with 04 by chance', async () => {
    const text = encryptWith(11n);
    expect(text).toMatch(/^04/);
    expect(await decryption.decrypt('sm2', text)).toBe(password);
    expect(await decryption.decrypt('sm2', `04${text}`)).toBe(password);
  });

  /** GB/T 32918.4 section 6.1 with this random number, to have the C1 that is 11 times the base point and begins with 04. */
  function encryptWith(random: bigint): string {
    const secret = random.toString(16).padStart(64, '0');
    const c1 = Buffer.from(smCryptoV2.getPublicKeyFromPrivateKey(secret), 'hex').subarray(1);
    const shared = Buffer.from(smCryptoV2.ecdh(secret, sm2Key, false)).subarray(1);
    const message = Buffer.from(password);
    const stream = kdf(shared, message.length);
    const c2 = message.map((byte, place) => byte ^ (stream[place] ?? 0));
    const c3 = sm3(Buffer.concat([shared.subarray(0, 32), message, shared.subarray(32)]));
    return c1.toString('hex') + c3 + Buffer.from(c2).toString('hex');
  }

  const changed = (place: number) => {
    const text = smCryptoV2.doEncrypt(password, sm2Key);
    return text.slice(0, place) + (text[place] === '0' ? '1' : '0') + text.slice(place + 1);
  };
  it.each([
    ['empty', () => smCryptoV2.doEncrypt('', sm2Key)],
    ['no UTF-8', () => smCryptoV2.doEncrypt(Uint8Array.of(0x70, 0xff, 0xfe), sm2Key)],
    ['too long', () => smCryptoV2.doEncrypt('x'.repeat(1025), sm2Key)],
    ['for another key', () => smCryptoV2.doEncrypt(password, smCryptoV2.generateKeyPairHex().publicKey)],
    ['in the order C1 C2 C3', () => smCryptoV2.doEncrypt(password, sm2Key, 0)],
    ['not on the curve', () => changed(3)],
    ['of another hash', () => changed(130)],
    ['of another content', () => changed(195)],
    ['cut off', () => smCryptoV2.doEncrypt(password, sm2Key).slice(0, -2)],
    ['not encrypted', () => password],
    ['encrypted with RSA', () => rsaEncrypt(password)],
    ['nothing at all', () => ''],
  ])('is refused when it is %s', async (_case, encrypted) => {
    expect(await decryption.decrypt('sm2', encrypted())).toBeUndefined();
  });
});

describe('the decryption of passwords', () => {
  it('asks for no key where a text is none, so that it is refused also while the store is down', async () => {
    const noKeys = { privateKeys: () => Promise.reject(new Error('down')) };
    const away = new PasswordDecryption({ keys: noKeys, logger, thread });
    expect(await away.decrypt('rsa', 'no text')).toBeUndefined();
    expect(await away.decrypt('sm2', 'no text')).toBeUndefined();
    await expect(away.decrypt('rsa', rsaEncrypt(password))).rejects.toThrow('down');
  });

  it('leaves the event loop to others meanwhile', async () => {
    const texts = Array.from({ length: 40 }, () => rsaEncrypt(password));
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    await Promise.all(texts.map((text) => decryption.decrypt('rsa', text)));
    clearInterval(counting);
    expect(turns).toBeGreaterThan(0);
  });

  it('takes no more after it was closed', async () => {
    const closing = new PasswordDecryption({ keys, logger });
    const waiting = closing.decrypt('rsa', rsaEncrypt(password)).catch((error: unknown) => error);
    await closing.close();
    expect(await waiting).toBeInstanceOf(DecryptionUnavailable);
    await expect(closing.decrypt('rsa', rsaEncrypt(password))).rejects.toThrow(DecryptionUnavailable);
    expect(await closing.decrypt('none', password)).toBe(password);
  });
});
