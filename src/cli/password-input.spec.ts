import { PassThrough } from 'node:stream';
import { Refused, UsageFault } from './command';
import { PasswordRules } from '../auth/password-rules';
import { loadSettings } from '../config/load-settings';
import { readNewPassword } from './password-input';

const rules = () => new PasswordRules(loadSettings({}).settings);

function ask(fromStdin: boolean, terminal: Parameters<typeof readNewPassword>[1]): Promise<string> {
  return readNewPassword({ username: 'alice', fromStdin, rules }, terminal);
}

/** A terminal with somebody at it, who types the next answer when a prompt appears. */
function terminal(...answers: string[]) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stderr = new PassThrough();
  const shown: string[] = [];
  stderr.on('data', (chunk: Buffer) => {
    shown.push(chunk.toString());
    if (chunk.toString().endsWith(': ')) stdin.write(answers.shift() ?? '');
  });
  return { stdin, stderr, shown: () => shown.join('') };
}

it('is not asked of a list that cannot be read', async () => {
  const unreadable = () => new PasswordRules(loadSettings({ PASSWORD_BLOCKLIST_FILE: '/nowhere' }).settings);
  const wanted = { username: 'alice', fromStdin: false, rules: unreadable };
  const attempt = readNewPassword(wanted, terminal('password-1\r', 'password-1\r'));
  await expect(attempt).rejects.toMatchObject({
    name: 'Refused',
    message: 'PASSWORD_BLOCKLIST_FILE cannot be read (ENOENT)',
  });
});

describe('a password on a terminal', () => {
  it('is asked for twice and never shown', async () => {
    const somebody = terminal('contraseña\r', 'contraseña\r');
    expect(await ask(false, somebody)).toBe('contraseña');
    expect(somebody.shown()).toBe('New password: \nThe same again: \n');
  });

  it('may be corrected while typing', async () => {
    const somebody = terminal('password-x\u007fy\r', 'password-y\r');
    expect(await ask(false, somebody)).toBe('password-y');
  });

  it('is refused when the two differ or when it is short', async () => {
    await expect(ask(false, terminal('password-1\r', 'password-2\r'))).rejects.toThrow('differ');
    await expect(ask(false, terminal('1234567\r', '1234567\r'))).rejects.toThrow('shorter');
  });

  it.each([
    ['Ctrl-C', 'part\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is not set after %s', async (_case, key) => {
    const attempt = ask(false, terminal(key));
    await expect(attempt).rejects.toBeInstanceOf(Refused);
  });
});

describe('a password on standard input', () => {
  const given = (...chunks: (string | Buffer)[]) => {
    const stdin = new PassThrough();
    for (const chunk of chunks) stdin.write(chunk);
    stdin.end();
    return { stdin, stderr: new PassThrough() };
  };

  it('is the first line, in whatever pieces it comes', async () => {
    const bytes = Buffer.from('contraseña\r\nrest');
    expect(
      await ask(
        true,
        given(
          ...bytes
            .toString('latin1')
            .split('')
            .map((c) => Buffer.from(c, 'latin1')),
        ),
      ),
    ).toBe('contraseña');
    expect(await ask(true, given('no line end'))).toBe('no line end');
  });

  it('is refused when it is empty, short or endless', async () => {
    await expect(ask(true, given())).rejects.toThrow('shorter than 8');
    await expect(ask(true, given('😀'.repeat(7), '\n'))).rejects.toThrow('shorter than 8');
    await expect(ask(true, given('x'.repeat(5000)))).rejects.toThrow('longer than 1024');
  });

  it('needs to be asked for when there is no terminal', async () => {
    await expect(ask(false, given('password-1\n'))).rejects.toBeInstanceOf(UsageFault);
  });
});
