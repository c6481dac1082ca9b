import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Followed } from './followed';
import { createLogger } from './logger';
import { WatchedFiles } from './watched-files';

let folder: string;
let path: string;
let lines: string[];
let files: WatchedFiles;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-watched-'));
  path = join(folder, 'password');
  lines = [];
  files = new WatchedFiles(createLogger('trace', { write: (line) => void lines.push(line) }));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function follow(): Followed<string> {
  const followed = new Followed(() => {
    const text = readFileSync(path, 'utf8');
    if (text.includes('broken')) throw new Error('SECRET is broken');
    return text;
  });
  files.watch({ setting: 'SECRET', paths: [path], reread: followed.reread });
  return followed;
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code, errno: -1 });
}

function lookTwice(): void {
  files.look();
  files.look();
}

describe('watched files', () => {
  it('are read again when they have changed, and not before', () => {
    writeFileSync(path, 'first');
    const secret = follow();
    lookTwice();
    expect(lines).toEqual([]);
    writeFileSync(path, 'second, which is longer');
    lookTwice();
    lookTwice();
    expect([secret.current, lines.length]).toEqual(['second, which is longer', 1]);
    expect(lines[0]).toContain('"setting":"SECRET"');
    expect(lines[0]).not.toContain('second');
  });

  it('are left alone while they still change: they may be half written', () => {
    writeFileSync(path, 'first');
    const secret = follow();
    for (const text of ['s', 'se', 'sec', 'seco']) {
      writeFileSync(path, text);
      files.look();
      expect(secret.current).toBe('first');
    }
    files.look();
    expect(secret.current).toBe('seco');
  });

  it('may be swapped by a rename, and by a link above them as Kubernetes does', () => {
    for (const version of ['one', 'two']) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'password'), version);
    }
    symlinkSync('one', join(folder, '..data'));
    symlinkSync(join('..data', 'password'), path);
    const secret = follow();
    symlinkSync('two', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    lookTwice();
    expect(secret.current).toBe('two');
    writeFileSync(join(folder, 'new'), 'three');
    renameSync(join(folder, 'new'), path);
    lookTwice();
    expect(secret.current).toBe('three');
  });

  it('that cannot be used change nothing, are told once, and tried again at their next change', () => {
    writeFileSync(path, 'first');
    const secret = follow();
    writeFileSync(path, 'broken');
    for (let round = 0; round < 3; round++) lookTwice();
    rmSync(path);
    for (let round = 0; round < 3; round++) lookTwice();
    expect(secret.current).toBe('first');
    expect(lines.map((line) => /SECRET is broken|ENOENT/.exec(line)?.[0])).toEqual([
      'SECRET is broken',
      'ENOENT',
    ]);
    writeFileSync(path, 'repaired');
    lookTwice();
    expect(secret.current).toBe('repaired');
  });

  it('that the system refused for once are tried again without a change, and told once', () => {
    writeFileSync(path, 'first');
    let refusals = 0;
    const secret = new Followed(() => {
      if (refusals-- > 0) throw new Error('SECRET cannot be read', { cause: systemError('EMFILE') });
      return readFileSync(path, 'utf8');
    });
    files.watch({ setting: 'SECRET', paths: [path], reread: secret.reread });
    writeFileSync(path, 'second');
    refusals = 3;
    lookTwice();
    lookTwice();
    expect([secret.current, lines.length]).toEqual(['first', 1]);
    files.look();
    expect([secret.current, lines.length]).toEqual(['second', 2]);
    lookTwice();
    expect(lines).toHaveLength(2);
  });

  it('are read at once when somebody asks for it, each whatever becomes of the others', () => {
    writeFileSync(path, 'first');
    const broken = { setting: 'OTHER', paths: [join(folder, 'none')] };
    files.watch({
      ...broken,
      reread: () => {
        throw new Error('never');
      },
    });
    const secret = follow();
    writeFileSync(path, 'second');
    files.readAll();
    expect(secret.current).toBe('second');
  });
});
