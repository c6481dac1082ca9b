import { join } from 'node:path';
import { writeUsersFile } from '../../src/strategies/file/users-file-access';
import { cheapHash } from './cheap-hash';
import { temporaryFolder } from './gateway';

/**
 * A users file with alice alone, who has no groups and no roles. Gives its path.
 * @param hash makes the hash of the password; the product's own where checking it is to take its time
 */
export async function usersFileOfAlice(password: string, hash = cheapHash): Promise<string> {
  const usersFile = join(temporaryFolder(), 'users.json');
  const passwordHash = await hash(password);
  const alice = { id: '11111111-1111-4111-8111-111111111111', username: 'alice', passwordHash };
  writeUsersFile(usersFile, [{ ...alice, groups: [], roles: [], disabled: false }]);
  return usersFile;
}
