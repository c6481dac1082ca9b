import { Client, type Filter } from 'ldapts';
import { StrategyUnavailable } from '../credential-strategy';
import { type DirectoryEntry, toDirectoryEntry } from './directory-entry';
import { describeFailure, invalidCredentials, resultCodeOf } from './directory-failure';
import { binaryAttributes, requestedAttributes } from './entry-identity';
import type { DirectoryOptions } from './ldap-options';

export interface PersonSearch {
  readonly baseDn: string;
  /** `base` looks at the entry `baseDn` itself, `sub` at everything below it too. */
  readonly scope: 'base' | 'sub';
  readonly filter: Filter;
}

/** Two are enough to know that a name is not unique. */
const enoughEntries = 2;

/**
 * Gives out connections to one directory. Each use gets a fresh one, which nobody else uses and which is closed at the end;
 * a pool would stand here.
 */
export class Directory {
  constructor(
    private readonly strategy: string,
    private readonly options: DirectoryOptions,
  ) {}

  async use<T>(task: (connection: DirectoryConnection) => Promise<T>): Promise<T> {
    const connection = new DirectoryConnection(this.strategy, this.options);
    try {
      return await task(connection);
    } finally {
      await connection.close();
    }
  }
}

/** One connection: bind at most once, then search. Every failure but a refused password is a StrategyUnavailable. */
export class DirectoryConnection {
  private readonly client: Client;
  private hasBound = false;

  constructor(
    private readonly strategy: string,
    private readonly options: DirectoryOptions,
  ) {
    this.client = new Client({
      url: options.url,
      tlsOptions: options.tls,
      connectTimeout: options.connectTimeoutMs,
      timeout: options.operationTimeoutMs,
    });
  }

  /** Simple bind (RFC 4513 section 5.1.3). False means that name and password do not belong together. */
  async bind(name: string, password: string): Promise<boolean> {
    if (!isSimpleBind(name, password)) {
      throw this.unavailable('bind', new Error('not a name and a password for a simple bind'));
    }
    try {
      await this.client.bind(name, password);
    } catch (error) {
      if (resultCodeOf(error) === invalidCredentials) return false;
      throw this.unavailable('bind', error);
    }
    this.hasBound = true;
    return true;
  }

  /** At most two entries: none, the one, or the proof that there are several. Referrals are not followed. */
  async search({ baseDn, scope, filter }: PersonSearch): Promise<DirectoryEntry[]> {
    // ldapts connects anew when the server has hung up, and the search would then run as nobody and find nobody.
    if (this.hasBound && !this.client.isBound) {
      throw this.unavailable('search', new Error('the server closed the connection after the bind'));
    }
    try {
      const { searchEntries } = await this.client.search(baseDn, {
        scope,
        filter,
        attributes: [...requestedAttributes],
        explicitBufferAttributes: [...binaryAttributes],
        sizeLimit: enoughEntries,
        timeLimit: Math.ceil(this.options.operationTimeoutMs / 1000),
      });
      return searchEntries.map(toDirectoryEntry);
    } catch (error) {
      throw this.unavailable('search', error);
    }
  }

  async close(): Promise<void> {
    try {
      await this.client.unbind();
    } catch {
      // The answer is known by now; a connection that is broken already needs no farewell.
    }
  }

  private unavailable(step: string, cause: unknown): StrategyUnavailable {
    return new StrategyUnavailable(this.strategy, describeFailure(cause, step, this.options), { cause });
  }
}

/**
 * The last guard before the wire. An empty password succeeds as nobody (RFC 4513 section 5.1.2), so does an empty name, and
 * ldapts takes names such as `EXTERNAL` for a SASL mechanism. A DN has `=`, a principal name `@`, `DOMAIN\user` its backslash.
 */
function isSimpleBind(name: string, password: string): boolean {
  return password !== '' && /[=@\\]/.test(name);
}
