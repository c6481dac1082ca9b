import { generateKeyPairSync } from 'node:crypto';
import { ConfigurationError } from '../config/load-settings';
import { firstRing, type KeyRing, promote, publishNext } from './key-ring';
import { decodeKeyRing, encodeKeyRing, UnreadableKeyRing } from './key-ring-record';
import { KeySealer } from './key-sealing';
import { type KeyPair, keyPairOf } from './signing-algorithms';

const policy = { algorithm: 'ES256', maxAgeMs: 9, leadMs: 9, leastLeadMs: 9, tokenLifeMs: 9 } as const;
const step = { nowMs: 1000, policy };
const ring = ringOfThree();
const privateParts = [ring.current, ring.next].map((key) => key?.privateJwk.d ?? 'none');
const otherSealer = new KeySealer('another passphrase of more than 32 bytes');
const sealer = new KeySealer('a passphrase of more than 32 bytes, with ñ');

function newKey(): KeyPair {
  return keyPairOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'ES256');
}

function ringOfThree(): KeyRing {
  const rotated = promote(firstRing(newKey(), step), { ...step, spare: newKey() });
  return publishNext(rotated, { ...step, spare: newKey() });
}

/** The record with a part of its text in another place, or changed. */
function changed(text: string, from: string, to: string): string {
  const other = text.replace(from, to);
  expect(other).not.toBe(text);
  return other;
}

describe('the record of the ring', () => {
  it('comes back as it was, sealed or not', () => {
    expect(decodeKeyRing(encodeKeyRing(ring, undefined), [])).toEqual({ ring, sealer: undefined });
    expect(decodeKeyRing(encodeKeyRing(ring, sealer), [sealer])).toEqual({ ring, sealer });
    expect(decodeKeyRing(encodeKeyRing(ring, sealer), [otherSealer, sealer])).toEqual({ ring, sealer });
  });

  it('shows private parts only when it is not sealed', () => {
    const sealed = encodeKeyRing(ring, sealer);
    const open = encodeKeyRing(ring, undefined);
    for (const part of privateParts) {
      expect(open).toContain(part);
      expect(sealed).not.toContain(part);
    }
  });

  it('is sealed with a fresh nonce each time', () => {
    expect(encodeKeyRing(ring, sealer)).not.toBe(encodeKeyRing(ring, sealer));
  });

  it('that is not sealed can be read with a sealer as well, and is sealed when it is written again', () => {
    const read = decodeKeyRing(encodeKeyRing(ring, undefined), [sealer]);
    expect(encodeKeyRing(read.ring, sealer)).not.toContain(privateParts[0]);
  });

  it.each([
    ['without KEY_ENCRYPTION_KEY', []],
    ['with another one', [otherSealer]],
    ['with two others', [otherSealer, new KeySealer('a third passphrase of more than 32 bytes')]],
  ])('cannot be opened %s, and the fault names the variable alone', (_case, other) => {
    const sealed = encodeKeyRing(ring, sealer);
    expect(() => decodeKeyRing(sealed, other)).toThrow(ConfigurationError);
    expect(() => decodeKeyRing(sealed, other)).toThrow(/- KEY_ENCRYPTION_KEY /);
  });

  it('does not open a sealed part in the place of another', () => {
    const sealed = encodeKeyRing(ring, sealer);
    const parts = [...sealed.matchAll(/"sealedJwk":"([^"]+)"/g)].map((match) => match[1] ?? '');
    const [first = '', second = ''] = parts;
    expect(() => decodeKeyRing(changed(sealed, first, second), [sealer])).toThrow(ConfigurationError);
  });

  it('does not believe a plain private or public key that is not that of its kid', () => {
    const open = encodeKeyRing(ring, undefined);
    const foreignPrivate = changed(open, privateParts[0] ?? '', privateParts[1] ?? '');
    expect(() => decodeKeyRing(foreignPrivate, [])).toThrow(UnreadableKeyRing);
    const foreignPublic = open.replaceAll(
      `"x":"${ring.previous[0]?.publicJwk.x}"`,
      `"x":"${newKey().publicJwk.x}"`,
    );
    expect(() => decodeKeyRing(foreignPublic, [])).toThrow(UnreadableKeyRing);
  });

  it.each(['', 'canary', '[]', '{}', '{"v":2}', '{"v":1,"previous":[],"current":{"kid":"canary"}}'])(
    'that is %p is refused without being quoted',
    (text) => {
      expect(() => decodeKeyRing(text, [sealer])).toThrow(UnreadableKeyRing);
      expect(() => decodeKeyRing(text, [sealer])).not.toThrow(/canary/);
    },
  );
});

describe('KEY_ENCRYPTION_KEY', () => {
  const bytes = Buffer.alloc(32, 251);
  it('is the same key in base64 and base64url', () => {
    const sealed = new KeySealer(bytes.toString('base64')).seal('text', 'name');
    expect(new KeySealer(bytes.toString('base64url')).open(sealed, 'name')).toBe('text');
  });

  it('opens nothing for another name, nothing that was changed, and nothing that is too short', () => {
    const sealed = sealer.seal('text', 'name');
    expect(sealer.open(sealed, 'name')).toBe('text');
    expect(sealer.open(sealed, 'other')).toBeUndefined();
    for (let place = 0; place < sealed.length; place++) {
      const letter = sealed[place] === 'A' ? 'B' : 'A';
      const other = sealed.slice(0, place) + letter + sealed.slice(place + 1);
      // The last letter may hold bits that are none of a byte.
      if (!Buffer.from(other, 'base64url').equals(Buffer.from(sealed, 'base64url'))) {
        expect(sealer.open(other, 'name')).toBeUndefined();
      }
    }
    expect(sealer.open('AAAA', 'name')).toBeUndefined();
  });
});
