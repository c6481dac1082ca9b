import { statSync } from 'node:fs';
import type { Logger } from '../../common/logger';
import { isOfSystem, systemErrorCode } from '../../common/system-error';
import { canonicalUsername } from '../identity';
import type { UserRecord, UserSource } from './user-source';
import { readUsersFile, UsersFileFault } from './users-file-access';

export interface UsersFileOptions {
  readonly path: string;
  readonly logger: Logger;
}

interface Users {
  readonly byName: ReadonlyMap<string, UserRecord>;
  readonly byId: ReadonlyMap<string, UserRecord>;
}

/**
 * The users of a file that may change at any time. A change that cannot be used is refused: the users before it stay in force, so that a
 * slip of the pen locks nobody out. Every question first looks whether the file has changed. That look, and the rare
 * reading, is synchronous on purpose: it takes microseconds, while an asynchronous one would wait behind the password hashes
 * for a thread.
 */
export class UsersFile implements UserSource {
  private readonly path: string;
  private readonly logger: Logger;
  private mark: string;
  private users: Users;
  private lastFault: string | undefined;
  /** What the log was told last, and of which state of the file. */
  private told: string | undefined;

  /** @throws UsersFileFault when there is no such file or it cannot be used. */
  constructor({ path, logger }: UsersFileOptions) {
    this.path = path;
    this.logger = logger;
    // The mark is taken before reading: a change in between is then seen at the next look.
    this.mark = markOf(path);
    this.users = load(path);
  }

  get fault(): string | undefined {
    return this.lastFault;
  }

  findByName(canonicalName: string): Promise<UserRecord | undefined> {
    return this.ask((users) => users.byName.get(canonicalName));
  }

  findById(id: string): Promise<UserRecord | undefined> {
    return this.ask((users) => users.byId.get(id));
  }

  private async ask(question: (users: Users) => UserRecord | undefined): Promise<UserRecord | undefined> {
    this.reloadIfChanged();
    return Promise.resolve(question(this.users));
  }

  /**
   * A broken file is reported once for each change of it, not for each login. What the system refuses may be over soon, so that is tried
   * again with the next question.
   */
  private reloadIfChanged(): void {
    const mark = markOf(this.path);
    if (mark === this.mark) return;
    try {
      this.users = load(this.path);
      this.mark = mark;
      this.lastFault = this.told = undefined;
      this.logger.info({ users: this.users.byId.size }, 'The users file has been read again');
    } catch (error) {
      if (!(error instanceof UsersFileFault)) throw error;
      if (!isOfSystem(error)) this.mark = mark;
      this.lastFault = 'its last change cannot be used; the log says why';
      this.tell(error.message, mark);
    }
  }

  private tell(fault: string, mark: string): void {
    const news = `${mark} ${fault}`;
    if (news === this.told) return;
    this.told = news;
    this.logger.error({ fault }, 'The changed users file cannot be used; the users before stay');
  }
}

/** What changes with the file. A rename gives another inode, a repaired mode another ctime. */
function markOf(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    return [ino, size, mtimeMs, ctimeMs].join(':');
  } catch (error) {
    return systemErrorCode(error) ?? 'unknown cause';
  }
}

function load(path: string): Users {
  const users = readUsersFile(path);
  if (!users) {
    throw new UsersFileFault(`there is no users file ${path}; make one with: npm run cli -- users add NAME`);
  }
  return {
    byName: new Map(users.map((user) => [canonicalUsername(user.username), user])),
    byId: new Map(users.map((user) => [user.id, user])),
  };
}
