import {
  closeSync,
  copyFileSync,
  fstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '../src/common/logger';
import { AuditFile } from '../src/ops/audit-file';
import { temporaryFolder } from './support/gateway';
import { eventually } from './support/ldap-logins';

const opened: AuditFile[] = [];
let path: string;
let log: string[];

beforeEach(() => {
  path = join(temporaryFolder(), 'audit.log');
  log = [];
});
afterEach(() => Promise.all(opened.splice(0).map((file) => file.close())));

function open(): AuditFile {
  const logger = createLogger('info', { write: (line) => void log.push(line) });
  const file = new AuditFile({ path, logger, gapLine: (lost) => `{"lost":${lost}}\n` });
  opened.push(file);
  return file;
}

const numbersIn = (place: string): number[] =>
  readFileSync(place, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number(/^\{"n":(\d+),"pad":"x*"\}$/.exec(line)?.[1]));
const lineOf = (n: number): string => `{"n":${n},"pad":"${'x'.repeat(n % 4000)}"}\n`;

describe('an audit file', () => {
  it('has whole lines, each once, when several write at the same time', async () => {
    const files = [open(), open(), open()];
    for (let n = 0; n < 3000; n++) files[n % 3]?.write(lineOf(n));
    await Promise.all(files.map((file) => file.close()));
    opened.splice(0);
    expect(numbersIn(path).sort((a, b) => a - b)).toEqual(Array.from({ length: 3000 }, (_, n) => n));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  }, 60_000);

  it('is made anew after a rename, also where it is only asked to, and loses nothing', async () => {
    const file = open();
    file.write(lineOf(1));
    await eventually(() => numbersIn(path).length === 1);
    renameSync(path, `${path}.1`);
    file.write(lineOf(2));
    await eventually(() => statSync(path, { throwIfNoEntry: false })?.size === lineOf(2).length);
    renameSync(path, `${path}.2`);
    file.reopen();
    await eventually(() => statSync(path, { throwIfNoEntry: false }) !== undefined);
    expect([1, 2].flatMap((part) => numbersIn(`${path}.${part}`))).toEqual([1, 2]);
  });

  it('takes no signal of a process that may be another program', () => {
    const before = process.listenerCount('SIGHUP');
    open();
    expect(process.listenerCount('SIGHUP')).toBe(before);
  });

  it('goes on at the beginning of a file that was copied and emptied', async () => {
    const file = open();
    file.write(lineOf(1));
    await eventually(() => numbersIn(path).length === 1);
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    file.write(lineOf(2));
    await eventually(() => numbersIn(path).length === 1);
    expect(readFileSync(path, 'utf8')).toBe(lineOf(2));
  });

  it('keeps lines while the disk is full up to a bound, then counts, and tells of it', async () => {
    symlinkSync('/dev/full', path);
    const file = open();
    const line = lineOf(3999);
    const fitting = Math.floor((8 * 1024 * 1024) / line.length);
    for (let count = 0; count < fitting + 7; count++) file.write(line);
    await eventually(() => !file.isWell);
    expect(log.join('')).toMatch(/ENOSPC.*cannot be written/);
    unlinkSync(path);
    writeFileSync(path, '');
    await eventually(() => readFileSync(path, 'utf8').endsWith('{"lost":7}\n'), 20_000);
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(fitting + 2);
    expect(file.isWell).toBe(true);
    expect(log.filter((said) => said.includes('"level":50'))).toHaveLength(2);
  }, 60_000);

  it('leaves the files of others alone when a signal comes after its end', async () => {
    const file = open();
    await file.close();
    opened.splice(0);
    // The number of the descriptor is free, and the next file gets it.
    const other = openSync(join(temporaryFolder(), 'other'), 'w');
    file.reopen();
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(fstatSync(other).isFile()).toBe(true);
    expect(readlinkSync(`/proc/self/fd/${other}`)).toMatch(/other$/);
    closeSync(other);
  });
});
