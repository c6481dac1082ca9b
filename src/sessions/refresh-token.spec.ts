import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { RefreshTokenCodec } from './refresh-token';
import { LocalRefreshTokenKey } from './refresh-token-key';

const codec = new RefreshTokenCodec(new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test'));
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const content = fc.record({
  sessionId: fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((bytes) => Buffer.from(bytes).toString('base64url')),
  generation: uint32,
  branch: uint32,
  expiresAtSeconds: uint32,
});

describe('RefreshTokenCodec', () => {
  it('reads back what it wrote, and writes the same token for the same content', () => {
    fc.assert(
      fc.property(content, (what) => {
        const token = codec.encode(what);
        expect(token).toMatch(/^[A-Za-z0-9_-]{60}$/);
        expect(codec.decode(token)).toEqual(what);
        expect(codec.encode(what)).toBe(token);
      }),
    );
  });

  it('holds no token longer than the turn of the event loop in which it came', async () => {
    const token = codec.encode({ sessionId: 'x'.repeat(22), generation: 1, branch: 0, expiresAtSeconds: 1 });
    const held = () =>
      JSON.stringify(Object.values(codec), (_name, value: unknown) =>
        value instanceof Map ? [...value] : value,
      ).includes(token);
    codec.decode(token);
    expect(held()).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(held()).toBe(false);
  });

  it('refuses a token in which any one character is another one', () => {
    const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
    fc.assert(
      fc.property(content, fc.nat(59), fc.constantFrom(...alphabet), (what, position, character) => {
        const token = codec.encode(what);
        fc.pre(token[position] !== character);
        expect(
          codec.decode(token.slice(0, position) + character + token.slice(position + 1)),
        ).toBeUndefined();
      }),
    );
  });

  it('refuses a token of another key, and any other text', () => {
    const other = new RefreshTokenCodec(
      new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test'),
    );
    const token = other.encode({ sessionId: 'A'.repeat(22), generation: 1, branch: 0, expiresAtSeconds: 1 });
    expect(other.decode(token)).toBeDefined();
    expect(codec.decode(token)).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (text) => expect(codec.decode(text)).toBeUndefined()),
    );
  });
});
