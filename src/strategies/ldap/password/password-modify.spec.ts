import { Client } from 'ldapts';
import { changeUnicodePwd, modifyPassword } from './password-modify';

const client = new Client({ url: 'ldap://127.0.0.1:1' });
const passwords = { oldPassword: 'canary-öld', newPassword: 'canary-néw' };

afterEach(() => jest.restoreAllMocks());

/** What ldapts would write into its debug log. */
function expectNoPasswordIn(json: string): void {
  for (const password of Object.values(passwords)) {
    expect(json).not.toContain(password);
    for (const encoding of ['utf8', 'utf16le'] as const) {
      const bytes = JSON.stringify([...Buffer.from(password, encoding)]).slice(1, -1);
      expect(json).not.toContain(bytes);
    }
  }
  expect(json).toContain('[redacted]');
}

describe('modifyPassword', () => {
  it('sends the old and the new password, and a DN only when it is for somebody else', async () => {
    const exop = jest.spyOn(client, 'exop').mockResolvedValue({});
    await modifyPassword(client, passwords);
    await modifyPassword(client, passwords, 'uid=alice');
    const values = exop.mock.calls.map(([, value]) => String(value));
    expect(values.map((value) => value.includes('uid=alice'))).toEqual([false, true]);
    for (const value of values) expect(value).toContain('canary-öld');
  });

  it('keeps both out of what ldapts writes for debugging', async () => {
    const exop = jest.spyOn(client, 'exop').mockResolvedValue({});
    await modifyPassword(client, passwords);
    expectNoPasswordIn(JSON.stringify(exop.mock.calls));
  });
});

describe('changeUnicodePwd', () => {
  it('deletes the old value and adds the new one, in quotes and as UTF-16', async () => {
    const modify = jest.spyOn(client, 'modify').mockResolvedValue(undefined);
    await changeUnicodePwd(client, 'CN=alice', passwords);
    const changes = [modify.mock.calls[0]?.[1] ?? []].flat();
    expect(changes.map(({ operation }) => operation)).toEqual(['delete', 'add']);
    const values = changes.flatMap(({ modification }) => [...modification.values]);
    expect(values.map((value) => Buffer.from(value).toString('utf16le'))).toEqual([
      '"canary-öld"',
      '"canary-néw"',
    ]);
    expectNoPasswordIn(JSON.stringify(changes));
  });

  it('tells the error of the directory and no password when it fails', async () => {
    const cause = new Error('no');
    jest.spyOn(client, 'modify').mockRejectedValue(cause);
    await expect(changeUnicodePwd(client, 'CN=alice', passwords)).rejects.toMatchObject({
      name: 'PasswordNotTaken',
      cause,
      policyError: undefined,
    });
  });
});
