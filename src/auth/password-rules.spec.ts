import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Environment, loadSettings } from '../config/load-settings';
import { PasswordRules } from './password-rules';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-rules-'));
const file = join(folder, 'list');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rulesOf = (env: Environment = {}) => new PasswordRules(loadSettings(env).settings);
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');

function faultOf(
  password: string,
  { username = 'alice', env }: { username?: string; env?: Environment } = {},
): string {
  return rulesOf(env).faultOf(password, username)?.en ?? 'none';
}

describe('a new password', () => {
  it.each(['12345678', 'aaaaaaaa', 'ÑÑÑÑÑÑÑÑ', '        ', '😀'.repeat(8), 'x'.repeat(1024)])(
    'may be of any composition: %p',
    (password) => expect(faultOf(password)).toBe('none'),
  );

  it('has at least 8 characters, counted as people count them', () => {
    expect(faultOf('1234567')).toContain('shorter than 8');
    expect(faultOf('😀'.repeat(7))).toContain('shorter than 8');
    expect(faultOf('ñ'.normalize('NFD').repeat(7))).toContain('shorter than 8');
    expect(faultOf(`abc${'\u200b\u200d\ufeff\u00ad\u3164'.repeat(3)}`)).toContain('shorter than 8');
    expect(faultOf('fourteen chars', { env: { PASSWORD_MIN_LENGTH: '15' } })).toContain('shorter than 15');
  });

  it.each([
    ['Alice2026!', 'alice'],
    ['aliceALICE', 'alice'],
    ['Example-1', 'alice@example.org'],
    ['jimbob.people', 'uid=jimbob,ou=people,dc=example,dc=com'],
    ['bob@ibm.com', 'bob@ibm.com'],
    ['jo.li.wu', 'Jo.Li.Wu'],
    ['bobBOB12', 'bob@ibm.com'],
    ['ibm\\bob1', 'IBM\\bob'],
    ['al\u200bi\u00adce\u2060123', 'alice'],
    ['alice123', 'al\u200bice'],
  ])('needs more than the login name: %p of %p', (password, username) =>
    expect(faultOf(password, { username })).toContain('Without the login name'),
  );

  it('needs more than words that anybody would guess', () => {
    const env = { PASSWORD_FORBIDDEN_WORDS: 'gate, Gatehouse,Córdoba' };
    expect(faultOf('GATEHOUSE2026', { env })).toContain('Without the login name');
    expect(faultOf('córdobacórdoba', { env })).toContain('Without the login name');
    expect(faultOf('a gatehouse with 9 doors', { env })).toBe('none');
    expect(faultOf('x@y.z-al-1234', { username: 'al@x.y' })).toBe('none');
  });

  it('is none of PASSWORD_BLOCKLIST_FILE, plain or hashed, whatever the case of a plain one', () => {
    const lines = [
      'Password123',
      '',
      'contraseña1',
      sha1('Leaked-Secret'),
      `${sha1('counted1').toUpperCase()}:42`,
    ];
    writeFileSync(file, lines.join('\r\n'));
    const env = { PASSWORD_BLOCKLIST_FILE: file };
    for (const listed of ['Password123', 'PASSWORD123', 'Contraseña1', 'Leaked-Secret', 'counted1']) {
      expect([listed, faultOf(listed, { env })]).toEqual([listed, expect.stringContaining('on a list')]);
    }
    for (const other of ['Password124', 'leaked-secret', sha1('Leaked-Secret')]) {
      expect([other, faultOf(other, { env })]).toEqual([other, 'none']);
    }
  });

  it.each([
    ['an invisible character', 'pass\u200bword1\u200b'],
    ['full-width letters', 'ｐａｓｓｗｏｒｄ１'],
    ['both, in upper case', '\u2060ＰＡＳＳ\u00adＷＯＲＤ１'],
  ])('is on the list with %s too, plain or hashed', (_case, spelling) => {
    for (const line of ['password1', 'ｐassword1', sha1('password1')]) {
      writeFileSync(file, line);
      expect(faultOf(spelling, { env: { PASSWORD_BLOCKLIST_FILE: file } })).toContain('on a list');
    }
  });

  it('is on the list as it was leaked, whatever nobody sees in it', () => {
    writeFileSync(file, sha1('Leaked-Secret'));
    expect(faultOf('Leaked\u200b-Secret', { env: { PASSWORD_BLOCKLIST_FILE: file } })).toContain('on a list');
  });

  it('is looked for among a hundred thousand', () => {
    writeFileSync(file, Array.from({ length: 100_000 }, (_, index) => `password-${index}`).join('\n'));
    const rules = rulesOf({ PASSWORD_BLOCKLIST_FILE: file });
    const found = [0, 1, 49_999, 99_999].map((index) => rules.faultOf(`password-${index}`, 'alice'));
    expect(found.every((fault) => fault !== undefined)).toBe(true);
    expect(rules.faultOf('password-100000', 'alice')).toBeUndefined();
  });

  it('is looked for in a list with a byte order mark, and in one of a million hashes', () => {
    writeFileSync(file, '\ufeffPassword123\n\nother-one');
    const env = { PASSWORD_BLOCKLIST_FILE: file };
    expect(faultOf('password123', { env })).toContain('on a list');
    const filler = Array.from({ length: 999_999 }, (_, i) => `${i}`.padStart(40, '0') + ':1234');
    writeFileSync(file, [...filler, `${sha1('the-last-one')}:1`].join('\r\n'));
    expect(faultOf('the-last-one', { env })).toContain('on a list');
    expect(faultOf('none-of-them', { env })).toBe('none');
  }, 60_000);

  it.each([
    ['an empty file', '', 'at least one password'],
    ['blank lines', '\n \r\n\t\n', 'at least one password'],
    ['a byte order mark alone', '\ufeff', 'at least one password'],
    ['UTF-16', Buffer.from('\ufeffPassword123\n', 'utf16le'), 'in UTF-8'],
    ['UTF-16 without zeros', Buffer.from('\ufeff密码密码密码', 'utf16le'), 'in UTF-8'],
    ['zeros', 'Password123\0', 'without NUL'],
    ['too many lines', 'x\n'.repeat(2_000_001), 'more than 2000000 lines'],
  ])('keeps the start from happening where the list is %s', (_what, content, words) => {
    writeFileSync(file, content);
    expect(() => rulesOf({ PASSWORD_BLOCKLIST_FILE: file })).toThrow(words);
  });

  it('keeps the start from waiting for a pipe, or reading a device for ever', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of [pipe, '/dev/zero', folder]) {
      expect(() => rulesOf({ PASSWORD_BLOCKLIST_FILE: path })).toThrow('must be a regular file');
    }
  });

  it('keeps the start from happening where the list cannot be read', () => {
    expect(() => rulesOf({ PASSWORD_BLOCKLIST_FILE: join(folder, 'none') })).toThrow(
      'PASSWORD_BLOCKLIST_FILE cannot be read (ENOENT)',
    );
    truncateSync(file, 65 * 1024 * 1024);
    expect(() => rulesOf({ PASSWORD_BLOCKLIST_FILE: file })).toThrow('at most 64 MiB');
    expect(() => loadSettings({ PASSWORD_FORBIDDEN_WORDS: 'ab' })).toThrow('PASSWORD_FORBIDDEN_WORDS');
  });
});
