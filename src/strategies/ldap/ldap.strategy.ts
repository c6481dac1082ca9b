import { Limiter, LimiterFull } from '../../common/limiter';
import type { Logger } from '../../common/logger';
import type { LdapSettings } from '../../config/strategy-settings';
import {
  type Credentials,
  CredentialStrategy,
  type LoginContext,
  type RereadsIdentity,
  StrategyUnavailable,
  type Verdict,
} from '../credential-strategy';
import type { Identity } from '../identity';
import { Directory } from './directory';
import type { DirectoryEntry } from './directory-entry';
import { entryIdentity, isBarred, NoUniqueId, subjectPrefix } from './entry-identity';
import { ldapOptions } from './ldap-options';
import type { LoginWay, RefusedBecause } from './login-attempt';
import { SearchLogin } from './search-login';
import { UpnLogin } from './upn-login';

export interface LdapStrategyOptions {
  readonly name?: string;
  readonly settings: LdapSettings;
  readonly logger: Logger;
}

const refused: Verdict = { accepted: false, reason: 'invalid_credentials' };

/** Logins against an LDAP directory or Active Directory. Connects at the first login, not at the start. */
export class LdapStrategy extends CredentialStrategy implements Partial<RereadsIdentity> {
  readonly name: string;
  /** Only with a search: a bind as `user@domain` leaves nobody who could look somebody up later. */
  readonly reread?: RereadsIdentity['reread'];

  private readonly logger: Logger;
  private readonly limiter: Limiter;
  private readonly way: LoginWay;

  /** @throws Error that names the setting that cannot be used. */
  constructor({ name = 'ldap', settings, logger }: LdapStrategyOptions) {
    super();
    const { directory, people, bind, warnings } = ldapOptions(settings);
    this.name = name;
    this.logger = logger;
    this.limiter = new Limiter(settings.LDAP_MAX_CONNECTIONS, settings.LDAP_MAX_QUEUE);
    const connections = new Directory(name, directory);
    if (bind.mode === 'upn') {
      this.way = new UpnLogin(connections, { strategy: name, people, domain: bind.domain });
    } else {
      const { serviceAccount } = bind;
      const search = new SearchLogin(connections, { strategy: name, people, serviceAccount });
      this.way = search;
      this.reread = (identity) => this.limited(() => this.readAgain(search, identity));
    }
    for (const warning of warnings) logger.warn({ strategy: name }, warning);
  }

  async authenticate(credentials: Credentials, context: LoginContext): Promise<Verdict> {
    if (!canBeName(credentials.username)) return refused;
    // An empty password would be an unauthenticated bind, which many servers answer with success (RFC 4513 section 5.1.2).
    if (credentials.password === '') return refused;
    const attempt = await this.limited(() => this.way.attempt(credentials));
    if (!attempt.accepted) {
      this.logRefusal(attempt.why, context);
      return refused;
    }
    return { accepted: true, identity: this.identityOf(attempt.entry, credentials.username) };
  }

  private async readAgain(search: SearchLogin, identity: Identity): Promise<Identity | undefined> {
    const prefix = subjectPrefix(this.name);
    if (!identity.subject.startsWith(prefix)) return undefined;
    const entry = await search.find(identity.subject.slice(prefix.length));
    if (entry === undefined || isBarred(entry)) return undefined;
    const current = this.identityOf(entry, identity.username);
    return current.subject === identity.subject ? current : undefined;
  }

  private identityOf(entry: DirectoryEntry, typedName: string): Identity {
    try {
      return entryIdentity(entry, this.name, typedName);
    } catch (error) {
      if (!(error instanceof NoUniqueId)) throw error;
      const detail = `the entry has no unique id: ${error.message}; give the searching account the right to read it`;
      throw new StrategyUnavailable(this.name, detail, { cause: error });
    }
  }

  private async limited<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await this.limiter.run(task);
    } catch (error) {
      if (!(error instanceof LimiterFull)) throw error;
      const detail = 'too many logins wait for the directory (LDAP_MAX_CONNECTIONS, LDAP_MAX_QUEUE)';
      throw new StrategyUnavailable(this.name, detail, { cause: error, retryAfterSeconds: 1 });
    }
  }

  /** The name itself is not logged here: people type their password into that field too. The audit trail has it. */
  private logRefusal(why: RefusedBecause, { requestId }: LoginContext): void {
    const fields = { strategy: this.name, requestId, why };
    if (why === 'ambiguous name') {
      this.logger.warn(fields, 'LDAP_USER_FILTER finds more than one entry for a login name');
    } else {
      this.logger.debug(fields, 'The directory refused a login');
    }
  }
}

/**
 * Active Directory reads `alice` followed by a NUL as `alice`, so that one account would have many spellings and a counter of
 * failed logins for each of them.
 */
function canBeName(typed: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what must not be there
  return typed.trim() !== '' && !/[\u0000-\u001f\u007f]/.test(typed);
}
