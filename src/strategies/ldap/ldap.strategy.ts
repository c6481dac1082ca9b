import { type DistinguishedName, isWithin, parseDn } from '../../common/distinguished-name';
import { type Clock, SystemClock } from '../../common/clock';
import type { Instruments } from '../../common/instruments';
import type { Logger } from '../../common/logger';
import type { FileWatcher } from '../../common/watched-files';
import type { LdapSettings } from '../../config/ldap-settings';
import { noTriesLeft } from '../account-at-risk';
import {
  type AuthenticatesByDn,
  type ChangesPassword,
  type Closable,
  type Credentials,
  CredentialStrategy,
  type KnowsNames,
  type LoginContext,
  type LooksUpPeople,
  type OwnDn,
  type OwnName,
  type PasswordChange,
  type PasswordState,
  type ReadsEntries,
  type RereadsIdentity,
  type Verdict,
} from '../credential-strategy';
import type { PasswordNotice } from './bind/bind-outcome';
import { Deadline } from '../outbound/deadline';
import { personDescriber } from './describe-person';
import { Directory, type DirectoryHooks } from './connection/directory';
import { DirectoryLog } from './directory-log';
import { DirectoryPasswords, type PasswordOwnerName } from './password/directory-passwords';
import type { PasswordChangeOutcome } from './password/password-rejection';
import type { PeerHealth, ReportsHealth } from '../source-health';
import { AccountTries } from './lockout/account-tries';
import { LockoutPolicies } from './lockout/lockout-policies';
import { KnownPeople } from './known-people';
import { type LdapOptions, ldapOptions } from './ldap-options';
import {
  type Describe,
  foreignName,
  type LoginAttempt,
  type LoginWay,
  refusedUntilChanged,
} from './login-attempt';
import { completedNotice } from './entry/password-expiry';
import { SearchLogin } from './search-login';
import { OwnVariables } from './own-variables';
import { TemplateLogin } from './template-login';
import { canBeName, canBePassword, type OwnDomains, ownName } from './typed-name';
import { UpnLogin } from './upn-login';

export interface LdapStrategyOptions {
  readonly name?: string;
  readonly settings: LdapSettings;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly instruments?: Instruments;
  /** Follows the TLS files, where given. */
  readonly files?: FileWatcher | undefined;
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
    ReportsHealth,
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
  private readonly log: DirectoryLog;
  private readonly clock: Clock;
  private readonly domains: OwnDomains;
  private readonly baseDn: string;
  private readonly loginTimeoutMs: number;
  private readonly directory: Directory;
  private readonly describe: Describe;
  private readonly way: LoginWay;
  private readonly passwords: DirectoryPasswords;
  private readonly policies: LockoutPolicies;
  private readonly tries: AccountTries;

  /** @throws Error that names the setting that cannot be used. */
  constructor(given: LdapStrategyOptions) {
    super();
    const { name = 'ldap', settings, clock = new SystemClock(), resolveSrv, instruments } = given;
    this.own = new OwnVariables(name);
    const logger = this.own.logger(given.logger);
    const options = this.own.made(() => ldapOptions(settings, this.own.watcher(given.files)));
    this.name = name;
    this.logger = logger;
    this.log = new DirectoryLog(name, logger);
    this.clock = clock;
    this.domains = { domain: settings.LDAP_DOMAIN, netbiosDomain: settings.LDAP_NETBIOS_DOMAIN };
    this.baseDn = options.people.baseDn;
    this.loginTimeoutMs = options.loginTimeoutMs;
    this.directory = new Directory(name, options.directory, {
      resolveSrv,
      ...(instruments && { instruments }),
      onReferrals: (referrals) => this.log.referrals(referrals),
      onServerChange: (health) => this.log.serverChanged(health),
    });
    this.describe = this.own.made(() => personDescriber({ strategy: name, settings, logger }));
    this.policies = this.lockoutPolicies(options);
    this.tries = new AccountTries(name, this.policies);
    this.way = this.loginWay(options);
    const { directory, way, tries } = this;
    this.passwords = new DirectoryPasswords({ strategy: name, directory, way, tries });
    if (canSearch(options)) {
      const people = this.knownPeople(options);
      this.reread = (identity) => this.own.told(people.readAgain(identity));
      this.lookUp = (username) => this.own.told(people.find(username));
      this.readEntry = (identity, names) => this.own.told(people.show(identity, names));
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
    const attempt = await this.way.attempt({
      ...name,
      password: credentials.password,
      context,
      deadline,
    });
    return this.verdictOf(attempt, context);
  }

  private async logInByDn(credentials: Credentials, context: LoginContext): Promise<Verdict> {
    const dn = this.dnIn(credentials);
    if (dn === undefined) return refused;
    const deadline = Deadline.in(this.loginTimeoutMs);
    const request = { dn, password: credentials.password, context, deadline };
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
    const change = await this.passwords.change(owner, passwords, {
      context,
      deadline: Deadline.in(this.loginTimeoutMs),
    });
    if (change.changed) return this.changed(change, context);
    if (change.reason === 'rejected_by_policy') return change;
    const { reason, logReason } = change;
    this.log.refused(logReason ?? reason, context);
    return { changed: false, reason, ...forAudit(logReason) };
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
  health(): readonly PeerHealth[] {
    return this.directory
      .health()
      .map((one) => ({ ...one, lastError: one.lastError && this.own.text(one.lastError) }));
  }

  close(): Promise<void> {
    return this.directory.close();
  }

  private changed(
    { subject, logReason: why }: Extract<PasswordChangeOutcome, { changed: true }>,
    context: LoginContext,
  ): PasswordChange {
    if (subject !== undefined) return { changed: true, subject };
    this.log.sessionsNotEnded(why, context);
    return { changed: true };
  }

  /** The name of a name and password that can be a login here at all; nothing else is ever sent. */
  private nameIn({ username, password }: Credentials, context: LoginContext): OwnName | undefined {
    if (!canBePassword(password) || !canBeName(username)) return undefined;
    const name = this.ownName(username);
    if (name === undefined) this.log.refused(foreignName, context);
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

  private knownPeople({ people, loginTimeoutMs }: LdapOptions): KnownPeople {
    const { name: strategy, directory, describe, clock, logger } = this;
    const ownName = (typed: string) => this.ownName(typed);
    return new KnownPeople({
      strategy,
      directory,
      people,
      describe,
      ownName,
      loginTimeoutMs,
      clock,
      logger,
    });
  }

  private loginWay({ bind, people }: LdapOptions): LoginWay {
    const { directory, describe, name: strategy, policies, tries } = this;
    const options = { strategy, directory, people, describe, policies, tries };
    switch (bind.mode) {
      case 'search':
        return new SearchLogin(options);
      case 'upn':
        return new UpnLogin(options, bind.domain);
      case 'template':
        return new TemplateLogin(options, bind.template);
    }
  }

  private lockoutPolicies(options: LdapOptions): LockoutPolicies {
    const { name: strategy, directory, clock, logger } = this;
    return new LockoutPolicies({
      strategy,
      reader: canSearch(options) ? directory : undefined,
      peopleDn: options.people.baseDn,
      defaultPolicyDn: options.defaultPolicyDn,
      preset: options.lockout,
      timeoutMs: options.loginTimeoutMs,
      clock,
      logger,
    });
  }

  private refusal(
    { reason, why }: Extract<LoginAttempt, { accepted: false }>,
    context: LoginContext,
  ): Verdict {
    this.log.refused(why, context);
    return { accepted: false, reason, ...forAudit(why) };
  }
}

/** Whether people can be found without a password of theirs. */
function canSearch({ bind, directory }: LdapOptions): boolean {
  return bind.mode === 'search' || directory.serviceAccount !== undefined;
}

/** A helpdesk that reads "wrong password" for a lock, of the directory or of ours, resets passwords in vain. */
function forAudit(why: string | undefined): { logReason?: string } {
  return why !== undefined && (why === noTriesLeft || why.startsWith('account_locked'))
    ? { logReason: why }
    : {};
}

/** Only what the directory told: nothing is better than a guess. */
function passwordState({ mustChange, secondsUntilExpiration }: PasswordNotice): {
  password?: PasswordState;
} {
  return secondsUntilExpiration === undefined ? {} : { password: { mustChange, secondsUntilExpiration } };
}
