import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { RefreshTokenCodec } from './refresh-token';
import { LocalRefreshTokenKey } from './refresh-token-key';
import { SessionTokenCodec } from './session-token';

const newKey = () => new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test');
const key = newKey();
const codec = new SessionTokenCodec(key);
const sessionId = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));

describe('SessionTokenCodec', () => {
  it('reads back what it wrote, and writes the same token for the same session', () => {
    fc.assert(
      fc.property(sessionId, (id) => {
        const token = codec.encode(id);
        expect(token).toMatch(/^[A-Za-z0-9_-]{44}$/);
        expect(codec.decode(token)).toBe(id);
        expect(codec.encode(id)).toBe(token);
      }),
    );
  });

  it('refuses a token in which any one character is another one', () => {
    const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
    fc.assert(
      fc.property(sessionId, fc.nat(43), fc.constantFrom(...alphabet), (id, position, character) => {
        const token = codec.encode(id);
        fc.pre(token[position] !== character);
        const changed = token.slice(0, position) + character + token.slice(position + 1);
        expect(codec.decode(changed)).toBeUndefined();
      }),
    );
  });

  it('refuses a bare session id, a token of another key, a refresh token of the same key, and any other text', () => {
    const id = 'A'.repeat(22);
    const refresh = new RefreshTokenCodec(key).encode({
      ...{ sessionId: id, generation: 1, branch: 0, expiresAtSeconds: 1 },
    });
    const strange = new SessionTokenCodec(newKey()).encode(id);
    const cut = refresh.slice(0, 44);
    for (const text of [id, strange, refresh, cut]) expect(codec.decode(text)).toBeUndefined();
    expect(new RefreshTokenCodec(key).decode(codec.encode(id))).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (text) => expect(codec.decode(text)).toBeUndefined()),
    );
  });
});
