import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { storeFileName } from '../stores/store-copy';
import { Refused } from './command';

/** One file of a back-up. */
export interface ListedFile {
  /** Relative to DATA_DIR and to the back-up alike. */
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a back-up says of itself. It is written last, so that a folder with it is whole. */
export interface BackupList {
  readonly format: 1;
  /** ISO 8601 in UTC. */
  readonly madeAt: string;
  readonly files: readonly ListedFile[];
}

export const storeFolderName = 'store';
export const storeFile = `${storeFolderName}/${storeFileName}`;
export const listFileName = 'backup.json';

/** What a gateway may keep in DATA_DIR beside its store; each is replaced as a whole, never written into. */
export const privateFileNames: readonly string[] = [
  'refresh-token.key',
  'audit-names.key',
  'users.json',
  'signing-key.pem',
];

const longestListBytes = 64 * 1024;
const knownNames: ReadonlySet<string> = new Set([storeFile, ...privateFileNames]);

/** Reads a file in pieces, whatever its size. */
export async function describeFile(folder: string, name: string): Promise<ListedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(join(folder, name))) {
    if (!Buffer.isBuffer(piece)) continue;
    bytes += piece.length;
    hash.update(piece);
  }
  return { name, bytes, sha256: hash.digest('hex') };
}

/**
 * The list of a back-up, after every file in it was read and found to be what the list says. A store that was cut short must never
 * be opened: LMDB maps it into memory and ends the process.
 * @throws Refused that names the file
 */
export async function checkedList(folder: string): Promise<BackupList> {
  const list = readList(join(folder, listFileName));
  for (const { name, bytes, sha256 } of list.files) {
    if (!existsSync(join(folder, name))) throw new Refused(`${name} is missing in ${folder}`);
    const found = await describeFile(folder, name);
    if (found.bytes !== bytes || found.sha256 !== sha256) {
      throw new Refused(`${name} in ${folder} is not what was backed up: it was changed or cut short`);
    }
  }
  return list;
}

function readList(path: string): BackupList {
  const list = parsed(path);
  if (!isList(list)) throw new Refused(`${path} is no list of a back-up that this release can read`);
  return list;
}

function parsed(path: string): unknown {
  if (!existsSync(path)) throw new Refused(`${path} is missing: that is no whole back-up`);
  if (statSync(path).size > longestListBytes) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function isList(value: unknown): value is BackupList {
  if (!isObject(value) || value['format'] !== 1 || typeof value['madeAt'] !== 'string') return false;
  const { files } = value;
  // Names are compared with those that we write, so that none leads out of the folder.
  return Array.isArray(files) && files.every(isListedFile) && files.some(({ name }) => name === storeFile);
}

function isListedFile(value: unknown): value is ListedFile {
  return (
    isObject(value) &&
    typeof value['name'] === 'string' &&
    knownNames.has(value['name']) &&
    typeof value['bytes'] === 'number' &&
    typeof value['sha256'] === 'string'
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
