import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOrCreatePrivateFile } from './private-file';

describe('readOrCreatePrivateFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-private-'));
  const path = join(folder, 'deep', 'secret');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('makes the file once, for its owner only, and leaves nothing else behind', () => {
    expect(readOrCreatePrivateFile(path, () => 'first')).toBe('first');
    expect(readOrCreatePrivateFile(path, () => 'second')).toBe('first');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['secret']);
  });

  it('takes the content of whoever was faster', () => {
    const raced = join(folder, 'raced');
    const content = readOrCreatePrivateFile(raced, () => {
      readOrCreatePrivateFile(raced, () => 'faster');
      return 'slower';
    });
    expect(content).toBe('faster');
    expect(existsSync(raced)).toBe(true);
  });

  it('narrows a mode that is too wide', () => {
    chmodSync(path, 0o644);
    readOrCreatePrivateFile(path, () => 'unused');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});
