import { type DistinguishedName, isWithin, parseDn } from '../../common/distinguished-name';
import { type Clock, SystemClock } from '../../common/clock';
import type { Logger } from '../../common/logger';
import type { LdapSettings } from '../../config/ldap-settings';
import {
  type AuthenticatesByDn,
  type ChangesPassword,
  type Closable,
  type Credentials,
  CredentialStrategy,
  type FoundPerson,
  type KnowsNames,
  type LoginContext,
  type LooksUpPeople,
  type OwnDn,
  type OwnName,
  type PasswordChange,
  type PasswordState,
  type ReadsEntries,
  type RereadsIdentity,
  type SourceEntry,
  type Verdict,
} from '../credential-strategy';
import type { Identity } from '../identity';
import { accountState } from './entry/account-state';
import type { PasswordNotice } from './bind/bind-outcome';
import { Deadline } from '../outbound/deadline';
import { personDescriber } from './describe-person';
import { Directory, type DirectoryHooks } from './connection/directory';
import { describeReferrals } from './connection/directory-failure';
import { DirectoryPasswords, type PasswordOwnerName } from './password/directory-passwords';
import type { PasswordChangeOutcome } from './password/password-rejection';
import type { ServerHealth } from './connection/directory-server';
import { subjectOf, subjectPrefix } from './entry/entry-identity';
import { type LdapOptions, ldapOptions } from './ldap-options';
import {
  type Describe,
  foreignName,
  type LoginAttempt,
  type LoginWay,
  refusedUntilChanged,
} from './login-attempt';
import { mayNotSetPasswords } from './password/password-change';
import { completedNotice } from './entry/password-expiry';
import { PeopleSearch } from './people-search';
import { ambiguousName, SearchLogin } from './search-login';
import { OwnVariables } from './own-variables';
import { TemplateLogin } from './template-login';
import { canBeName, canBePassword, type OwnDomains, ownName } from './typed-name';
import { UpnLogin } from './upn-login';
import { askedAttributes, visibleEntry } from './entry/visible-entry';
import type { DirectoryEntry } from './entry/directory-entry';

export interface LdapStrategyOptions {
  readonly name?: string;
  readonly settings: LdapSettings;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Asks DNS for SRV records; tests answer themselves. */
  readonly resolveSrv?: DirectoryHooks['resolveSrv'];
}

const refused = { accepted: false, reason: 'invalid_credentials' } as const satisfies Verdict;

/** Logins against an LDAP directory or Active Directory. Connects at the first login, not at the start. */
export class LdapStrategy
  extends CredentialStrategy
  implements
    Partial<RereadsIdentity>,
    Partial<LooksUpPeople>,
    Partial<ReadsEntries>,
    AuthenticatesByDn,
    ChangesPassword,
    KnowsNames,
    Closable
{
  readonly name: string;
  /** Only where somebody can look people up later: with a service account, or where anybody may search. */
  readonly reread?: RereadsIdentity['reread'];
  /** Where `reread` is possible. */
  readonly lookUp?: LooksUpPeople['lookUp'];
  /** Where `reread` is possible. */
  readonly readEntry?: ReadsEntries['readEntry'];

  private readonly own: OwnVariables;
  private readonly logger: Logger;
  private readonly clock: Clock;
  private readonly domains: OwnDomains;
  private readonly baseDn: string;
  private readonly loginTimeoutMs: number;
  private readonly directory: Directory;
  private readonly describe: Describe;
  private readonly way: LoginWay;
  private readonly passwords: DirectoryPasswords;

  /** @throws Error that names the setting that cannot be used. */
  constructor(given: LdapStrategyOptions) {
    super();
    const { name = 'ldap', settings, clock = new SystemClock(), resolveSrv } = given;
    this.own = new OwnVariables(name);
    const logger = this.own.logger(given.logger);
    const options = this.own.made(() => ldapOptions(settings));
    this.name = name;
    this.logger = logger;
    this.clock = clock;
    this.domains = { domain: settings.LDAP_DOMAIN, netbiosDomain: settings.LDAP_NETBIOS_DOMAIN };
    this.baseDn = options.people.baseDn;
    this.loginTimeoutMs = options.loginTimeoutMs;
    this.directory = new Directory(name, options.directory, {
      resolveSrv,
      onReferrals: (referrals) => this.logReferrals(referrals),
      onServerChange: (health) => this.logServerChange(health),
    });
    this.describe = this.own.made(() => personDescriber({ strategy: name, settings, logger }));
    this.way = this.loginWay(options);
    const { directory, way } = this;
    this.passwords = new DirectoryPasswords({ strategy: name, directory, way });
    if (options.bind.mode === 'search' || options.directory.serviceAccount) {
      const people = new PeopleSearch(this.directory, options.people);
      this.reread = (identity) => this.own.told(this.readAgain(people, identity));
      this.lookUp = (username) => this.own.told(this.find(people, username));
      this.readEntry = (identity, names) => this.own.told(this.show(people, identity, names));
    }
    for (const warning of options.warnings) logger.warn({ strategy: name }, warning);
  }

  authenticate(credentials: Credentials, context: LoginContext): Promise<Verdict> {
    return this.own.told(this.logIn(credentials, context));
  }

  authenticateByDn(credentials: Credentials, context: LoginContext): Promise<Verdict> {
    return this.own.told(this.logInByDn(credentials, context));
  }

  changePassword(
    credentials: Credentials,
    newPassword: string,
    context: LoginContext,
  ): Promise<PasswordChange> {
    return this.own.told(this.setPassword(credentials, newPassword, context));
  }

  private async logIn(credentials: Credentials, context: LoginContext): Promise<Verdict> {
    const name = this.nameIn(credentials, context);
    if (name === undefined) return refused;
    const deadline = Deadline.in(this.loginTimeoutMs);
    const attempt = await this.way.attempt({ ...name, password: credentials.password, deadline });
    return this.verdictOf(attempt, context);
  }

  private async logInByDn(credentials: Credentials, context: LoginContext): Promise<Verdict> {
    const dn = this.dnIn(credentials);
    if (dn === undefined) return refused;
    const request = { dn, password: credentials.password, deadline: Deadline.in(this.loginTimeoutMs) };
    return this.verdictOf(await this.way.attemptByDn(request), context);
  }

  private verdictOf(attempt: LoginAttempt, context: LoginContext): Verdict {
    if (!attempt.accepted) return this.refusal(attempt, context);
    const notice = completedNotice(attempt.notice, attempt.entry, this.clock.nowMs());
    if (notice.mustChange) return this.refusal(refusedUntilChanged, context);
    return { accepted: true, identity: attempt.identity, ...passwordState(notice) };
  }

  private async setPassword(
    credentials: Credentials,
    newPassword: string,
    context: LoginContext,
  ): Promise<PasswordChange> {
    const owner = this.ownerIn(credentials, context);
    if (owner === undefined) return { changed: false, reason: refused.reason };
    const passwords = { oldPassword: credentials.password, newPassword };
    const change = await this.passwords.change(owner, passwords, Deadline.in(this.loginTimeoutMs));
    if (change.changed) return this.changed(change, context);
    if (change.reason === 'rejected_by_policy') return change;
    const { reason } = change;
    this.logRefusal(change.logReason ?? reason, context);
    return { changed: false, reason };
  }

  ownName(typed: string): OwnName | undefined {
    return ownName(typed, this.domains);
  }

  /** The login name is known where LDAP_USER_FILTER or LDAP_USER_DN_TEMPLATE looks for it in the attribute that names the entry. */
  ownDn(text: string): OwnDn | undefined {
    const dn = parseDn(text);
    if (dn === undefined || !isWithin(dn.text, this.baseDn)) return undefined;
    const account = this.way.accountIn(dn);
    return { key: dn.key, ...(account !== undefined && { account }) };
  }

  /** How each server is that was asked so far. */
  health(): readonly ServerHealth[] {
    return this.directory
      .health()
      .map((one) => ({ ...one, lastError: one.lastError && this.own.text(one.lastError) }));
  }

  close(): Promise<void> {
    return this.directory.close();
  }

  private changed(
    { subject, logReason: why }: Extract<PasswordChangeOutcome, { changed: true }>,
    { requestId }: LoginContext,
  ): PasswordChange {
    if (subject !== undefined) return { changed: true, subject };
    const fields = { strategy: this.name, requestId, why };
    this.logger.warn(fields, 'A password was changed, but whose sessions should end could not be read');
    return { changed: true };
  }

  /** The name of a name and password that can be a login here at all; nothing else is ever sent. */
  private nameIn({ username, password }: Credentials, context: LoginContext): OwnName | undefined {
    if (!canBePassword(password) || !canBeName(username)) return undefined;
    const name = this.ownName(username);
    if (name === undefined) this.logRefusal(foreignName, context);
    return name;
  }

  /** The same for a DN. */
  private dnIn({ username, password }: Credentials): DistinguishedName | undefined {
    const dn = parseDn(username);
    return dn && isWithin(dn.text, this.baseDn) && canBePassword(password) ? dn : undefined;
  }

  private ownerIn(credentials: Credentials, context: LoginContext): PasswordOwnerName | undefined {
    if (credentials.namedBy !== 'dn') return this.nameIn(credentials, context);
    const dn = this.dnIn(credentials);
    return dn && { dn };
  }

  private loginWay({ bind, people }: LdapOptions): LoginWay {
    const { directory, describe, name: strategy } = this;
    switch (bind.mode) {
      case 'search':
        return new SearchLogin(directory, people, describe);
      case 'upn':
        return new UpnLogin({ strategy, directory, people, describe }, bind.domain);
      case 'template':
        return new TemplateLogin({ strategy, directory, people, describe }, bind.template);
    }
  }

  private async readAgain(people: PeopleSearch, identity: Identity): Promise<Identity | undefined> {
    const deadline = Deadline.in(this.loginTimeoutMs);
    const entry = await this.welcomeEntry(people, identity, deadline);
    return entry && this.describe(entry, { account: identity.username, reader: this.directory, deadline });
  }

  /** Two searches: what proves who it is need not be among what was asked for, and must not be shown then. */
  private async show(
    people: PeopleSearch,
    identity: Identity,
    names: readonly string[],
  ): Promise<SourceEntry | undefined> {
    const deadline = Deadline.in(this.loginTimeoutMs);
    const uniqueId = this.uniqueIdIn(identity);
    const person = await this.welcomeEntry(people, identity, deadline);
    if (person === undefined || uniqueId === undefined) return undefined;
    const found = await people.showing({ dn: person.dn, uniqueId }, askedAttributes(names), deadline);
    if (found === undefined) return undefined;
    const { entry, leftOut } = visibleEntry(found);
    if (leftOut.length > 0)
      this.logger.warn({ strategy: this.name, leftOut }, 'Attributes are too large to show');
    return entry;
  }

  /** The entry of somebody who has logged in before and still may. */
  private async welcomeEntry(
    people: PeopleSearch,
    identity: Identity,
    deadline: Deadline,
  ): Promise<DirectoryEntry | undefined> {
    const uniqueId = this.uniqueIdIn(identity);
    const entry = uniqueId === undefined ? undefined : await people.byUniqueId(uniqueId, deadline);
    if (entry === undefined || accountState(entry, this.clock.nowMs()).barred) return undefined;
    return subjectOf(entry, this.name) === identity.subject ? entry : undefined;
  }

  private uniqueIdIn({ subject }: Identity): string | undefined {
    const prefix = subjectPrefix(this.name);
    return subject.startsWith(prefix) ? subject.slice(prefix.length) : undefined;
  }

  /** The search of a login and no bind: whether the account is barred is not asked. */
  private async find(people: PeopleSearch, username: string): Promise<FoundPerson | undefined> {
    const name = canBeName(username) ? this.ownName(username) : undefined;
    if (name === undefined) return undefined;
    const deadline = Deadline.in(this.loginTimeoutMs);
    const entry = await people.byName(name, deadline);
    if (typeof entry === 'string') return undefined;
    const { account } = name;
    const identity = await this.describe(entry, { account, reader: this.directory, deadline });
    return { identity, isBarred: accountState(entry, this.clock.nowMs()).barred };
  }

  private refusal(
    { reason, why }: Extract<LoginAttempt, { accepted: false }>,
    context: LoginContext,
  ): Verdict {
    this.logRefusal(why, context);
    // A helpdesk that reads "wrong password" for a lock resets passwords in vain.
    return { accepted: false, reason, ...(why.startsWith('account_locked') && { logReason: why }) };
  }

  /** The name itself is not logged here: people type their password into that field too. The audit trail has it. */
  private logRefusal(why: string, { requestId }: LoginContext): void {
    const fields = { strategy: this.name, requestId, why };
    if (why === ambiguousName) {
      this.logger.warn(fields, 'LDAP_USER_FILTER finds more than one entry for a login name');
    } else if (why.endsWith(mayNotSetPasswords)) {
      this.logger.warn(
        fields,
        'An expired password could not be changed: give the service account write access to it',
      );
    } else {
      this.logger.debug(fields, 'The directory refused a login');
    }
  }

  private logReferrals(referrals: readonly string[]): void {
    const words = describeReferrals(referrals);
    if (words !== undefined) this.logger.debug({ strategy: this.name }, words);
  }

  private logServerChange({ address, isUp, lastError }: ServerHealth): void {
    const fields = { strategy: this.name, server: address };
    if (isUp) this.logger.info(fields, 'A directory server works again');
    else
      this.logger.warn(
        { ...fields, why: lastError },
        'A directory server is left alone until it works again',
      );
  }
}

/** Only what the directory told: nothing is better than a guess. */
function passwordState({ mustChange, secondsUntilExpiration }: PasswordNotice): {
  password?: PasswordState;
} {
  return secondsUntilExpiration === undefined ? {} : { password: { mustChange, secondsUntilExpiration } };
}
