import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemClock } from '../common/clock';
import { copyStore } from '../stores/store-copy';
import {
  type BackupPlaces,
  copyPrivately,
  inWords,
  moveInto,
  placesOf,
  presentIn,
  settle,
  syncPath,
  whileFilling,
} from './backup-folder';
import {
  type BackupList,
  describeFile,
  listFileName,
  privateFileNames,
  storeFile,
  storeFolderName,
} from './backup-list';
import { type Command, Refused } from './command';
import { momentOf } from './keys-store';

/**
 * `backup FOLDER`: a copy of DATA_DIR in a new folder, while the gateway runs: the store as one commit left it, and the files beside
 * it. The folder appears under its name when all of it is on disk, or not at all. Whoever can read it can sign tokens.
 */
export const backup: Command = async (args, { stderr }) => {
  const places = placesOf(args);
  if (existsSync(places.backup)) throw new Refused(`${places.backup} is there already; name a new folder`);
  if (!existsSync(join(places.dataDir, storeFile))) {
    throw new Refused(
      `${join(places.dataDir, storeFile)} is missing; the gateway makes it at its first start`,
    );
  }
  const { files } = await inWords(() => writeBackup(places));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  stderr.write(
    `${places.backup} holds ${files.length} files, ${bytes} bytes. Keep it as secret as DATA_DIR\n`,
  );
};

async function writeBackup({ backup: folder, dataDir }: BackupPlaces): Promise<BackupList> {
  // The files are read first: whatever the store then holds was made with them.
  const names = presentIn(dataDir, privateFileNames);
  const list: { made?: BackupList } = {};
  await whileFilling(folder, async (filling) => {
    for (const name of names) copyPrivately(join(dataDir, name), join(filling, name));
    mkdirSync(join(filling, storeFolderName), { mode: 0o700 });
    await copyStore({ from: join(dataDir, storeFolderName), to: join(filling, storeFolderName) });
    settle(join(filling, storeFile));
    syncPath(join(filling, storeFolderName));
    list.made = await listOf(filling, [storeFile, ...names]);
    writeFileSync(join(filling, listFileName), `${JSON.stringify(list.made, undefined, 2)}\n`);
    settle(join(filling, listFileName));
    syncPath(filling);
    moveInto(filling, folder);
  });
  if (!list.made) throw new Refused('Nothing was backed up');
  return list.made;
}

async function listOf(folder: string, names: readonly string[]): Promise<BackupList> {
  const files = await Promise.all(names.map((name) => describeFile(folder, name)));
  return { format: 1, madeAt: momentOf(new SystemClock().nowMs()), files };
}
