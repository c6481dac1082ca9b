import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BackupPlaces,
  copyPrivately,
  giveToOwnerOf,
  inWords,
  moveInto,
  placesOf,
  presentIn,
  syncPath,
  whileFilling,
} from './backup-folder';
import { checkedList, type ListedFile, privateFileNames, storeFolderName } from './backup-list';
import { isSetInProcess } from '../config/environment';
import { type Command, Refused } from './command';

/**
 * `restore FOLDER`: puts a back-up into a DATA_DIR without a store, and without any other file that the back-up might replace, so that
 * no running gateway can lose its own. Every file is compared with the list of the back-up before anything is written. DATA_DIR must
 * be set: its default is relative, so that it would fill a folder wherever somebody stands.
 */
export const restore: Command = async (args, { stderr }) => {
  const places = placesOf(args);
  if (!isSetInProcess('DATA_DIR')) {
    throw new Refused('DATA_DIR is not set; name the one of the gateway, as in DATA_DIR=/var/lib/gatehouse');
  }
  const present = presentIn(places.dataDir, [storeFolderName, ...privateFileNames]);
  if (present.length > 0) {
    throw new Refused(
      `${places.dataDir} holds ${present.join(', ')}: stop the gateway, and move away what is there`,
    );
  }
  const { madeAt, files } = await inWords(() => checkedList(places.backup));
  await inWords(() => putInto(places, files));
  stderr.write(`${places.dataDir} is as it was at ${madeAt}. Sessions that have ended since live again\n`);
};

async function putInto({ backup, dataDir }: BackupPlaces, files: readonly ListedFile[]): Promise<void> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  await whileFilling(join(dataDir, 'restore'), (filling) => {
    mkdirSync(join(filling, storeFolderName), { mode: 0o700 });
    for (const { name } of files) copyPrivately(join(backup, name), join(filling, name));
    syncPath(join(filling, storeFolderName));
    const written = files.map(({ name }) => join(filling, name));
    giveToOwnerOf(dataDir, [...written, join(filling, storeFolderName)]);
    // The store comes last: without it, whoever starts too early begins with the keys that belong to it.
    for (const name of presentIn(filling, [...privateFileNames, storeFolderName])) {
      moveInto(join(filling, name), join(dataDir, name));
    }
    return Promise.resolve();
  });
}
