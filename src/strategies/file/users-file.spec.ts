import fs, {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../common/logger';
import { dummyPasswordHash } from './password-hash';
import type { UserRecord } from './user-source';
import { UsersFile } from './users-file';
import { readUsersFile, UsersFileFault, usersFilePath, writeUsersFile } from './users-file-access';

const hash = dummyPasswordHash();

function user(username: string, idEnd = '01'): UserRecord {
  const id = `0b6a2a56-3f0e-4d7c-9a55-0d1f6c1f5f${idEnd}`;
  return { id, username, passwordHash: hash, groups: [], roles: [], disabled: false };
}

let folder: string;
let path: string;
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-users-'));
  path = join(folder, 'deep', 'users.json');
  lines = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const logger = createLogger('trace', { write: (line) => void lines.push(line) });
const openFile = (): UsersFile => new UsersFile({ path, logger });

describe('the users file', () => {
  it('lies where USERS_FILE says, else in DATA_DIR', () => {
    expect(usersFilePath({ USERS_FILE: 'u.json', DATA_DIR: 'data' })).toBe('u.json');
    expect(usersFilePath({ DATA_DIR: 'data' })).toBe(join('data', 'users.json'));
  });

  it('is written for its owner alone, in a folder of its own, and leaves nothing else behind', () => {
    writeUsersFile(path, [user('ana')]);
    writeUsersFile(path, [user('ana'), user('bob', '02')]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['users.json']);
    expect(readUsersFile(path)?.map(({ username }) => username)).toEqual(['ana', 'bob']);
  });

  it('stays behind its symbolic link', () => {
    writeUsersFile(path, []);
    const link = join(folder, 'link.json');
    symlinkSync(path, link);
    writeUsersFile(link, [user('ana')]);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readUsersFile(path)).toHaveLength(1);
  });

  it('is never replaced by what could not be read again', () => {
    writeUsersFile(path, [user('ana')]);
    const before = readFileSync(path, 'utf8');
    expect(() => writeUsersFile(path, [user('ana'), user('ANA', '02')])).toThrow(UsersFileFault);
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('that is missing says how to make one', () => {
    expect(readUsersFile(path)).toBeUndefined();
    expect(openFile).toThrow('npm run cli -- users add NAME');
  });

  it('that is a folder or too long is refused', () => {
    expect(() => readUsersFile(folder)).toThrow('EISDIR');
    const long = join(folder, 'long.json');
    writeFileSync(long, ' '.repeat(5 * 1024 * 1024 + 1));
    expect(() => readUsersFile(long)).toThrow('5 MB');
  });

  it('finds users by canonical name and by id', async () => {
    writeUsersFile(path, [user('Ana')]);
    const users = openFile();
    expect(await users.findByName('ana')).toMatchObject({ username: 'Ana' });
    expect(await users.findById(user('ana').id)).toMatchObject({ username: 'Ana' });
    expect(await users.findByName('bob')).toBeUndefined();
    expect(await users.findByName('__proto__')).toBeUndefined();
  });

  it('is read again when it has changed', async () => {
    writeUsersFile(path, [user('ana')]);
    const users = openFile();
    writeUsersFile(path, [user('bob')]);
    expect(await users.findByName('ana')).toBeUndefined();
    expect(await users.findByName('bob')).toBeDefined();
  });

  it('is read again when only its time has changed', async () => {
    writeUsersFile(path, [user('ana')]);
    const users = openFile();
    writeFileSync(path, readFileSync(path, 'utf8').replace('ana', 'eva'));
    utimesSync(path, new Date(0), new Date(0));
    expect(await users.findByName('eva')).toBeDefined();
  });

  it('that the system refused for once is read with the next question, and told once', async () => {
    writeUsersFile(path, [user('ana')]);
    const users = openFile();
    writeUsersFile(path, [user('eva')]);
    const open = jest.spyOn(fs, 'openSync').mockImplementation(() => {
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    });
    for (let attempt = 0; attempt < 3; attempt++) expect(await users.findByName('ana')).toBeDefined();
    open.mockRestore();
    expect(lines.map((line) => line.includes('EMFILE'))).toEqual([true]);
    expect(await users.findByName('eva')).toBeDefined();
    expect(users.fault).toBeUndefined();
  });

  it.each([
    ['broken', () => writeFileSync(path, `{"users":[{"passwordHash":"${hash}"}]}`)],
    ['missing', () => rmSync(path)],
  ])('that became %s changes nothing, and is told once, until it is repaired', async (_case, breakIt) => {
    writeUsersFile(path, [user('ana')]);
    const users = openFile();
    breakIt();
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await users.findByName('ana')).toBeDefined();
      expect(users.fault).toContain('its last change');
    }
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('users.json');
    expect(lines[0]).not.toContain(hash);
    writeUsersFile(path, [user('eva')]);
    expect([await users.findByName('ana'), users.fault]).toEqual([undefined, undefined]);
    expect(await users.findByName('eva')).toBeDefined();
  });
});
