import type { Client } from 'ldapts';
import { StrategyUnavailable } from '../../credential-strategy';
import type { Deadline } from '../connection/deadline';
import type { Directory } from '../connection/directory';
import type { DirectoryEntry } from '../entry/directory-entry';
import { subjectOf } from '../entry/entry-identity';
import type { DirectoryAccount, LoginWay } from '../login-attempt';
import { activeDirectoryCapability, changePassword, type PasswordChangePorts } from './password-change';
import type { NewPassword } from './password-modify';
import type { PasswordChangeOutcome } from './password-rejection';

export interface DirectoryPasswordsOptions {
  readonly strategy: string;
  readonly directory: Directory;
  readonly way: LoginWay;
}

export type SubjectPasswordChange =
  { readonly changed: true; readonly subject: string } | Exclude<PasswordChangeOutcome, { changed: true }>;

/** Changes of passwords in one directory, of whichever kind it is. */
export class DirectoryPasswords {
  private readonly ports: PasswordChangePorts;
  private isActiveDirectory: boolean | undefined;

  constructor(private readonly options: DirectoryPasswordsOptions) {
    const { directory } = options;
    this.ports = {
      withUser: (task, deadline) => directory.withUser(task, deadline),
      ...(directory.hasServiceAccount && {
        withService: (task, deadline) => directory.withService(task, deadline),
      }),
    };
  }

  async change(account: string, passwords: NewPassword, deadline: Deadline): Promise<SubjectPasswordChange> {
    const { strategy, directory } = this.options;
    const found = await this.options.way.account(account, deadline);
    if (!found) return { changed: false, reason: 'invalid_credentials', logReason: 'unknown name' };
    let entry: DirectoryEntry | undefined;
    const dnOf = async (client: Client) => {
      entry = await found.read(directory.readerOn(client));
      return entry.dn;
    };
    const isActiveDirectory = await this.looksLikeActiveDirectory(deadline);
    const owner = { strategy, bindName: found.bindName, dnOf, isActiveDirectory };
    const outcome = await changePassword(owner, passwords, this.ports, deadline);
    if (!outcome.changed) return outcome;
    entry ??= await this.entryWithoutUser(found);
    const subject = entry
      ? subjectOf(entry, strategy)
      : await this.subjectByLogin(account, passwords, deadline);
    return { changed: true, subject };
  }

  /** Whoever was searched for is known already; elsewhere the service account looks, where there is one. */
  private async entryWithoutUser(found: DirectoryAccount): Promise<DirectoryEntry | undefined> {
    const { directory } = this.options;
    return found.isSearched || directory.hasServiceAccount ? found.read(directory) : undefined;
  }

  /** Nobody else may look at the entry, so the new password serves for that; it is right, and no guess. */
  private async subjectByLogin(
    account: string,
    { newPassword: password }: NewPassword,
    deadline: Deadline,
  ): Promise<string> {
    const attempt = await this.options.way.attempt({ account, password, deadline });
    if (attempt.accepted) return attempt.identity.subject;
    const detail = `the password was changed, but the login with it was refused: ${attempt.why}`;
    throw new StrategyUnavailable(this.options.strategy, detail);
  }

  /** Asked once: a directory stays what it is. */
  private async looksLikeActiveDirectory(deadline: Deadline): Promise<boolean> {
    if (this.isActiveDirectory !== undefined) return this.isActiveDirectory;
    const root = await this.options.directory.rootDse(['supportedCapabilities'], deadline);
    this.isActiveDirectory = [root?.['supportedCapabilities']].flat().includes(activeDirectoryCapability);
    return this.isActiveDirectory;
  }
}
