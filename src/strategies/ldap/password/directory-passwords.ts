import type { Client } from 'ldapts';
import type { DistinguishedName } from '../../../common/distinguished-name';
import type { Deadline } from '../../outbound/deadline';
import type { Directory } from '../connection/directory';
import type { DirectoryReader } from '../connection/search-request';
import { withoutUniqueId } from '../describe-person';
import { NoUniqueId, subjectOf } from '../entry/entry-identity';
import type { DirectoryEntry } from '../entry/directory-entry';
import type { AccountTries } from '../lockout/account-tries';
import type { DirectoryAccount, LoginWay, PasswordRequest, WantedName } from '../login-attempt';
import { activeDirectoryCapability } from '../entry/root-dse';
import { changePassword, type KnownPerson, type PasswordChangePorts } from './password-change';
import type { NewPassword } from './password-modify';
import type { PasswordChangeOutcome } from './password-rejection';

export interface DirectoryPasswordsOptions {
  readonly strategy: string;
  readonly directory: Directory;
  readonly way: LoginWay;
  readonly tries: AccountTries;
}

/** Whose password is to be changed: a login name, or the DN of an entry that is known to be the person's own. */
export type PasswordOwnerName = WantedName | { readonly dn: DistinguishedName };

/** Whose tries the old password counts among, and how long the change may take. */
export type PasswordTerms = Pick<PasswordRequest, 'context' | 'deadline'>;

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

  async change(
    named: PasswordOwnerName,
    passwords: NewPassword,
    { context, deadline }: PasswordTerms,
  ): Promise<PasswordChangeOutcome> {
    const { strategy, directory, way, tries } = this.options;
    const account = await ('dn' in named
      ? way.accountByDn(named.dn, deadline)
      : way.account(named, deadline));
    if (!account) return { changed: false, reason: 'invalid_credentials', logReason: 'unknown name' };
    const owner = {
      strategy,
      bindName: account.bindName,
      personOn: (client: Client, bound: 'user' | 'service') =>
        this.person(account, this.readerFor(client, bound), deadline),
      isSeenByUserOnly: account.entry === undefined && !directory.hasServiceAccount,
      isActiveDirectory: await this.looksLikeActiveDirectory(deadline),
      tryOld: <T>(attempt: () => Promise<T>, passwordWas: (result: T) => 'right' | 'wrong') =>
        tries.run({ ...account, context, deadline }, attempt, passwordWas),
    };
    return changePassword(owner, passwords, this.ports, deadline);
  }

  /** The service account, where there is one. Its own connection serves at once: to wait for a second one could take for ever. */
  private readerFor(client: Client, bound: 'user' | 'service'): DirectoryReader {
    const { directory } = this.options;
    return bound === 'user' && directory.hasServiceAccount ? directory : directory.readerOn(client);
  }

  /** Leaves half of the time to whatever comes next, so that a slow look never hides what the change came to. */
  private async person(
    account: DirectoryAccount,
    reader: DirectoryReader,
    deadline: Deadline,
  ): Promise<KnownPerson> {
    const sooner = deadline.within(deadline.remainingMs() / 2);
    const entry = await account.read(reader, sooner);
    const isAllowed = await account.isAllowed(entry, reader, sooner);
    return { dn: entry.dn, subject: this.subjectOf(entry), isAllowed };
  }

  private subjectOf(entry: DirectoryEntry): string {
    const { strategy } = this.options;
    try {
      return subjectOf(entry, strategy);
    } catch (error) {
      throw error instanceof NoUniqueId ? withoutUniqueId(strategy, error) : error;
    }
  }

  /** Asked once: a directory stays what it is. */
  private async looksLikeActiveDirectory(deadline: Deadline): Promise<boolean> {
    if (this.isActiveDirectory !== undefined) return this.isActiveDirectory;
    const root = await this.options.directory.rootDse(['supportedCapabilities'], deadline);
    this.isActiveDirectory = [root?.['supportedCapabilities']].flat().includes(activeDirectoryCapability);
    return this.isActiveDirectory;
  }
}
