import { join } from 'node:path';
import { cheapHash } from './cheap-hash';
import { writeUsersFile } from '../../src/strategies/file/users-file-access';
import { temporaryFolder } from './gateway';
import { PageVisitor } from './page-visitor';

/** Of everybody in the file. */
export const pagePassword = 'correct horse battery';
/** Would run, or at least show, if a page took it for markup. */
export const markup = '<img src=x onerror="alert(1)">';

export const subjects = {
  alice: 'file:11111111-1111-4111-8111-111111111111',
  bob: 'file:22222222-2222-4222-8222-222222222222',
  mallory: 'file:33333333-3333-4333-8333-333333333333',
};

/** The settings of a gateway where alice is somebody, bob an administrator, and mallory has markup for a name and many groups. */
export async function pagePeople(): Promise<Readonly<Record<string, string>>> {
  const usersFile = join(temporaryFolder(), 'users.json');
  const passwordHash = await cheapHash(pagePassword);
  const user = (username: keyof typeof subjects, more: object) => ({
    ...{ id: subjects[username].slice('file:'.length), username, passwordHash, groups: [], roles: [] },
    ...{ disabled: false, ...more },
  });
  writeUsersFile(usersFile, [
    user('alice', { displayName: 'Alice Ángström', email: 'alice@example.test', groups: ['staff'] }),
    user('bob', { displayName: 'Bob', roles: ['operator'] }),
    user('mallory', {
      displayName: `${markup}\u202e`,
      groups: [markup, ...Array.from({ length: 300 }, (_, at) => `group-${at}`)],
    }),
  ]);
  return {
    ...{ STRATEGIES: 'file', USERS_FILE: usersFile, ADMIN_ROLE: 'operator', DEFAULT_LOCALE: 'en' },
    ...{ RATE_LIMIT_AUTH_MAX: '1000', RATE_LIMIT_MAX: '1000' },
  };
}

/** Somebody who has logged in by the login page, with a browser of their own. */
export async function loggedIn(url: string, username: string, userAgent = firefox): Promise<PageVisitor> {
  const visitor = new PageVisitor(url);
  const answer = await visitor.post(
    '/login',
    { username, password: pagePassword },
    { 'user-agent': userAgent },
  );
  if (answer.status !== 303) throw new Error(`no login: ${answer.status}`);
  return visitor;
}

export const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
export const chromeOnAndroid =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';

/** The ids of the sessions for which a page has a form that ends them. */
export function idsIn(html: string): string[] {
  return [...html.matchAll(/name="id" value="([\w-]{22})"/g)].map(([, id = '']) => id);
}
