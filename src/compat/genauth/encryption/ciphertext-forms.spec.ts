import { randomBytes } from 'node:crypto';
import { rsaCiphertexts, sm2Ciphertexts } from './ciphertext-forms';

describe('a text encrypted with RSA', () => {
  const text = randomBytes(256).toString('base64');

  it('is standard base64, as many bytes as the modulus or a leading zero less', () => {
    const shorter = randomBytes(255).toString('base64');
    expect(rsaCiphertexts(text)).toEqual([text]);
    expect(rsaCiphertexts(shorter)).toEqual([shorter]);
  });

  it.each([
    ['is empty', ''],
    ['is longer', `${text}AAAA`],
    ['is a byte longer', randomBytes(257).toString('base64')],
    ['is two bytes longer', randomBytes(258).toString('base64')],
    ['is a byte too short', randomBytes(247).toString('base64')],
    ['is much shorter', randomBytes(128).toString('base64')],
    ['is base64url', Buffer.alloc(256, 0xff).toString('base64url')],
    ['has a character of base64url', text.replace(/^./, '_')],
    ['has no padding', text.replace(/=+$/, '')],
    ['is padded within', text.replace(/^..../, 'AAA=')],
    ['has a line break', text.replace(/^./, '\n')],
    ['ends with a line break', `${text}\n`],
  ])('is none that %s', (_case, wrong) => {
    expect(rsaCiphertexts(wrong)).toEqual([]);
  });
});

describe('a text encrypted with SM2', () => {
  const c1c3c2 = `a1${randomBytes(64 + 32 + 8 - 1).toString('hex')}`;

  it.each([
    ['bare', c1c3c2],
    ['in upper case', c1c3c2.toUpperCase()],
    ['with 04', `04${c1c3c2}`],
    ['with a prefix', `sm2:${c1c3c2}`],
    ['with a prefix and 04', `sm2:04${c1c3c2}`],
    ['with a prefix and 04, in upper case', `SM2:04${c1c3c2.toUpperCase()}`],
  ])('is read %s', (_case, text) => {
    expect(sm2Ciphertexts(text)).toContain(c1c3c2);
  });

  it('is read both ways where 04 may be the beginning of C1', () => {
    const bare = `04${c1c3c2}`;
    expect(sm2Ciphertexts(bare)).toEqual([c1c3c2, bare]);
    expect(sm2Ciphertexts(c1c3c2)).toHaveLength(1);
  });

  const ofPassword = (bytes: number) => 'ab'.repeat(64 + 32 + bytes);
  it.each([
    ['is empty', ''],
    ['is only a prefix', 'sm2:'],
    ['has two prefixes', `sm2:sm2:${c1c3c2}`],
    ['has half a byte too much', `${c1c3c2}a`],
    ['has a digit that is none', `${c1c3c2}0g`],
    ['ends with a line break', `${c1c3c2}\n`],
    ['has no C2', ofPassword(0)],
    ['is longer than the longest password', `sm2:04${ofPassword(3 * 1024)}ab`],
  ])('is none that %s', (_case, text) => {
    expect(sm2Ciphertexts(text)).toEqual([]);
  });

  it('may be as long as the longest password', () => {
    const longest = ofPassword(3 * 1024);
    expect(sm2Ciphertexts(`sm2:04${longest}`)).toContain(longest);
  });
});
