import { scryptSync } from 'node:crypto';
import { dummyPasswordHash, hashPassword, passwordHashFault, verifyPassword } from './password-hash';

const salt = Buffer.from('0123456789abcdef');

/** A cheap hash, made without the code under test. */
function hashOf(password: string, ln = 4, r = 8, p = 1): string {
  const key = scryptSync(password, salt, 32, { N: 2 ** ln, r, p });
  const b64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  return `$scrypt$ln=${ln},r=${r},p=${p}$${b64(salt)}$${b64(key)}`;
}

describe('a password hash', () => {
  it('has the documented form, a salt of its own, and verifies', async () => {
    const [first, second] = await Promise.all([hashPassword('päss wörd'), hashPassword('päss wörd')]);
    expect(first).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(first).not.toBe(second);
    expect(await verifyPassword('päss wörd', first)).toBe(true);
    expect(await verifyPassword('päss wörd ', first)).toBe(false);
  });

  it('verifies with the cost that it names', async () => {
    expect(await verifyPassword('secret', hashOf('secret', 4, 8, 1))).toBe(true);
    expect(await verifyPassword('secret', hashOf('secret', 10, 4, 2))).toBe(true);
    expect(await verifyPassword('secret', hashOf('secret', 4).replace('ln=4', 'ln=5'))).toBe(false);
  });

  it('takes passwords byte for byte: composed and decomposed letters differ', async () => {
    const hash = hashOf('ñ'.normalize('NFC'));
    expect(await verifyPassword('ñ'.normalize('NFC'), hash)).toBe(true);
    expect(await verifyPassword('ñ'.normalize('NFD'), hash)).toBe(false);
  });

  it('has a dummy that looks like a current one and that nothing matches', async () => {
    const dummy = dummyPasswordHash();
    expect(dummy).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/);
    expect(await verifyPassword('', dummy)).toBe(false);
  });

  it.each([
    ['', 'must look like'],
    ['plain text', 'must look like'],
    ['$2b$10$abcdefghijklmnopqrstuv', 'must look like'],
    [hashOf('x').replace('r=8', 'r=0'), 'must look like'],
    [hashOf('x').slice(0, -4), 'must look like'],
    [`${hashOf('x')}\n`, 'must look like'],
    [hashOf('x').replace('ln=4', 'ln=19'), '256 MiB'],
    [hashOf('x').replace('ln=4', 'ln=99'), '256 MiB'],
    [hashOf('x').replace('ln=4,r=8,p=1', 'ln=15,r=8,p=999'), 'work'],
  ])('is refused when it is %p', async (text, words) => {
    expect(passwordHashFault(text)).toContain(words);
    await expect(verifyPassword('x', text)).rejects.toThrow(words);
  });

  it('may need as much memory as allowed', async () => {
    const hash = dummyPasswordHash().replace('ln=15,r=8,p=3', 'ln=18,r=8,p=1');
    expect(await verifyPassword('x', hash)).toBe(false);
  });
});
