import { join } from 'node:path';
import { hashPassword } from '../../src/strategies/file/password-hash';
import { writeUsersFile } from '../../src/strategies/file/users-file-access';
import { temporaryFolder } from './gateway';

/** A users file with alice alone, who has no groups and no roles. Gives its path. */
export async function usersFileOfAlice(password: string): Promise<string> {
  const usersFile = join(temporaryFolder(), 'users.json');
  const passwordHash = await hashPassword(password);
  const alice = { id: '11111111-1111-4111-8111-111111111111', username: 'alice', passwordHash };
  writeUsersFile(usersFile, [{ ...alice, groups: [], roles: [], disabled: false }]);
  return usersFile;
}
