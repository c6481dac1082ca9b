import { constants, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import fc from 'fast-check';
import { sm2 } from 'sm-crypto-v2';
import { FakeClock } from '../../../../test/support/fake-clock';
import { createLogger } from '../../../common/logger';
import { MemoryStore } from '../../../stores/memory.store';
import { DecryptionThread } from './decryption-thread';
import { EncryptionKeys } from './encryption-keys';
import type { PublicEncryptionKeys } from './encryption-keys-record';
import { PasswordDecryption } from './password-decryption';

const clock = new FakeClock();
const logger = createLogger('silent');
const settings = { KEY_ENCRYPTION_KEY: undefined, KEY_ENCRYPTION_KEY_PREVIOUS: undefined };
const keys = new EncryptionKeys({ store: new MemoryStore({ clock }), clock, settings });
const thread = new DecryptionThread({ logger, deadlineMs: 25_000 });
const decryption = new PasswordDecryption({ keys, logger, thread });
afterAll(() => decryption.close());

let published: PublicEncryptionKeys;
beforeAll(async () => {
  published = await keys.publicKeys();
});

function rsaEncrypt(content: string | Uint8Array, key = published.rsa.publicKey): string {
  const padding = constants.RSA_PKCS1_PADDING;
  return publicEncrypt({ key, padding }, Buffer.from(content)).toString('base64');
}

const digits = (bytes: { readonly minLength: number; readonly maxLength: number }) =>
  fc.uint8Array(bytes).map((content) => Buffer.from(content).toString('hex'));

describe('whatever is sent as an encrypted password', () => {
  it('is refused in the same way when it is any text', async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ size: 'large', maxLength: 7000 }),
      fc.base64String({ maxLength: 330 }),
      digits({ minLength: 0, maxLength: 96 }),
      digits({ minLength: 4000, maxLength: 5000 }).map((text) => `sm2:04${text}`),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('rsa', 'sm2'), texts, async (encryption, text) => {
        expect(await decryption.decrypt(encryption, text)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  it('is refused when it looks like SM2: a prefix or none, a point that is on the curve or not, any hash and content', async () => {
    const points = fc.oneof(
      digits({ minLength: 64, maxLength: 64 }),
      fc.constant(null).map(() => sm2.generateKeyPairHex().publicKey.slice(2)),
    );
    const rest = digits({ minLength: 33, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('', '04', 'sm2:', 'sm2:04'),
        points,
        rest,
        async (start, point, end) => {
          expect(await decryption.decrypt('sm2', start + point + end)).toBeUndefined();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives nothing, or a password by chance, when it looks like RSA', async () => {
    const outcomes: (string | undefined)[] = [];
    const bytes = fc.uint8Array({ minLength: 246, maxLength: 262 });
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        outcomes.push(await decryption.decrypt('rsa', Buffer.from(content).toString('base64')));
      }),
      { numRuns: 100 },
    );
    expect(outcomes).not.toContain('');
    // About one in two hundred is UTF-8 by chance.
    expect(outcomes.filter((outcome) => outcome !== undefined).length).toBeLessThan(15);
  });

  it('never ends the thread, whatever reaches it', async () => {
    const threadLines: string[] = [];
    const watched = new DecryptionThread({
      logger: createLogger('trace', { write: (line) => void threadLines.push(line) }),
      deadlineMs: 25_000,
    });
    const orders = fc.record({
      scheme: fc.constantFrom('rsa', 'sm2'),
      content: fc.oneof(
        fc.uint8Array({ minLength: 0, maxLength: 600 }),
        fc.uint8Array({ minLength: 254, maxLength: 260 }),
      ),
      start: fc.constantFrom('', '04', 'x'),
    });
    const privateKeys = await keys.privateKeys();
    await fc.assert(
      fc.asyncProperty(orders, async ({ scheme, content, start }) => {
        const text = start + Buffer.from(content).toString(scheme === 'rsa' ? 'base64' : 'hex');
        const order = { scheme, privateKey: privateKeys[scheme], ciphertexts: [text] } as const;
        await expect(watched.decrypt(order)).resolves.not.toBe('');
      }),
      { numRuns: 150, examples: [257, 258].map(overlong) },
    );
    await watched.close();
    expect(threadLines).toEqual([]);
  });

  function overlong(bytes: number): [{ scheme: 'rsa'; content: Uint8Array<ArrayBuffer>; start: '' }] {
    return [{ scheme: 'rsa', content: new Uint8Array(bytes).fill(0x7f), start: '' }];
  }

  it('is read when it is a password', async () => {
    const passwords = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(passwords, async (password) => {
        expect(await decryption.decrypt('sm2', sm2.doEncrypt(password, published.sm2.publicKey))).toBe(
          password,
        );
        expect(await decryption.decrypt('rsa', rsaEncrypt(password))).toBe(password);
      }),
      { numRuns: 20 },
    );
  });
});

describe('the time of a failure', () => {
  const rounds = 40;
  const attempts = 5;

  /** The median time of each kind, in milliseconds; the kinds take turns, so that a busy moment meets all of them. */
  async function medianMs(
    encryption: 'rsa' | 'sm2',
    texts: Readonly<Record<string, string>>,
  ): Promise<Record<string, number>> {
    const durations = new Map<string, number[]>(Object.keys(texts).map((kind) => [kind, []]));
    for (let round = 0; round < rounds; round++)
      for (const [kind, text] of Object.entries(texts)) {
        const startMs = performance.now();
        await decryption.decrypt(encryption, text);
        durations.get(kind)?.push(performance.now() - startMs);
      }
    return Object.fromEntries([...durations].map(([kind, all]) => [kind, median(all)]));
  }

  function median(numbers: readonly number[]): number {
    return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
  }

  /** A difference that is ours shows every time; one that a busy machine makes does not. */
  async function expectAlike(
    encryption: 'rsa' | 'sm2',
    texts: Readonly<Record<string, string>>,
  ): Promise<void> {
    const spreads: number[] = [];
    while (spreads.length < attempts && !spreads.some((spread) => spread < 3)) {
      const times = await medianMs(encryption, texts);
      console.info(`Median time of a failure with ${encryption}, in ms: ${JSON.stringify(times)}`);
      spreads.push(Math.max(...Object.values(times)) / Math.min(...Object.values(times)));
    }
    expect(Math.min(...spreads)).toBeLessThan(3);
  }

  it('with RSA does not tell wrong padding from right padding around something wrong', async () => {
    const changed = Buffer.from(rsaEncrypt('password'), 'base64');
    changed.writeUInt8(changed.readUInt8(200) ^ 1, 200);
    const other = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    await expectAlike('rsa', {
      wrongPadding: changed.toString('base64'),
      // Below every modulus of 2048 bits.
      anotherKey: Buffer.concat([
        Buffer.of(0x7f),
        Buffer.from(rsaEncrypt('password', other.publicKey), 'base64').subarray(1),
      ]).toString('base64'),
      rightPaddingNoUtf8: rsaEncrypt(Buffer.alloc(200, 0xff)),
      rightPaddingEmpty: rsaEncrypt(''),
      right: rsaEncrypt('password'),
    });
  });

  it('with SM2 does not tell a wrong hash from a right hash around something wrong', async () => {
    const key = published.sm2.publicKey;
    const right = sm2.doEncrypt('password', key);
    await expectAlike('sm2', {
      wrongHash: `${right.slice(0, 128)}${'ab'.repeat(32)}${right.slice(192)}`,
      anotherKey: sm2.doEncrypt('password', sm2.generateKeyPairHex().publicKey),
      rightHashNoUtf8: sm2.doEncrypt(Uint8Array.of(0x70, 0xff, 0xfe), key),
      right,
    });
  });
});
