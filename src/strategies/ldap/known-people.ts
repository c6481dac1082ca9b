import type { Clock } from '../../common/clock';
import type { Logger } from '../../common/logger';
import type { FoundPerson, OwnName, SourceEntry } from '../credential-strategy';
import type { Identity } from '../identity';
import { Deadline } from '../outbound/deadline';
import type { Directory } from './connection/directory';
import { accountState } from './entry/account-state';
import type { DirectoryEntry } from './entry/directory-entry';
import { subjectOf, subjectPrefix } from './entry/entry-identity';
import { askedAttributes, visibleEntry } from './entry/visible-entry';
import type { Describe, PeopleOptions } from './login-attempt';
import { PeopleSearch } from './people-search';
import { canBeName } from './typed-name';

export interface KnownPeopleOptions {
  readonly strategy: string;
  readonly directory: Directory;
  readonly people: PeopleOptions;
  readonly describe: Describe;
  readonly ownName: (typed: string) => OwnName | undefined;
  readonly loginTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What can be read of people without their password: with a service account, or where anybody may search. */
export class KnownPeople {
  private readonly people: PeopleSearch;

  constructor(private readonly options: KnownPeopleOptions) {
    this.people = new PeopleSearch(options.directory, options.people);
  }

  /** As `RereadsIdentity.reread`. */
  async readAgain(identity: Identity): Promise<Identity | undefined> {
    const { describe, directory } = this.options;
    const deadline = this.deadline();
    const entry = await this.welcomeEntry(identity, deadline);
    return entry && describe(entry, { account: identity.username, reader: directory, deadline });
  }

  /**
   * As `ReadsEntries.readEntry`. Two searches: what proves who it is need not be among what was asked for, and must not be shown
   * then.
   */
  async show(identity: Identity, names: readonly string[]): Promise<SourceEntry | undefined> {
    const { strategy, logger } = this.options;
    const deadline = this.deadline();
    const uniqueId = this.uniqueIdIn(identity);
    const person = await this.welcomeEntry(identity, deadline);
    if (person === undefined || uniqueId === undefined) return undefined;
    const found = await this.people.showing({ dn: person.dn, uniqueId }, askedAttributes(names), deadline);
    if (found === undefined) return undefined;
    const { entry, leftOut } = visibleEntry(found);
    if (leftOut.length > 0) logger.warn({ strategy, leftOut }, 'Attributes are too large to show');
    return entry;
  }

  /** As `LooksUpPeople.lookUp`: the search of a login and no bind. */
  async find(username: string): Promise<FoundPerson | undefined> {
    const { describe, directory, ownName } = this.options;
    const name = canBeName(username) ? ownName(username) : undefined;
    if (name === undefined) return undefined;
    const deadline = this.deadline();
    const entry = await this.people.byName(name, deadline);
    if (typeof entry === 'string') return undefined;
    const identity = await describe(entry, { account: name.account, reader: directory, deadline });
    return { identity, isBarred: this.isBarred(entry) };
  }

  /** The entry of somebody who has logged in before and still may. */
  private async welcomeEntry(identity: Identity, deadline: Deadline): Promise<DirectoryEntry | undefined> {
    const uniqueId = this.uniqueIdIn(identity);
    const entry = uniqueId === undefined ? undefined : await this.people.byUniqueId(uniqueId, deadline);
    if (entry === undefined || this.isBarred(entry)) return undefined;
    return subjectOf(entry, this.options.strategy) === identity.subject ? entry : undefined;
  }

  private isBarred(entry: DirectoryEntry): boolean {
    return accountState(entry, this.options.clock.nowMs()).barred;
  }

  private uniqueIdIn({ subject }: Identity): string | undefined {
    const prefix = subjectPrefix(this.options.strategy);
    return subject.startsWith(prefix) ? subject.slice(prefix.length) : undefined;
  }

  private deadline(): Deadline {
    return Deadline.in(this.options.loginTimeoutMs);
  }
}
