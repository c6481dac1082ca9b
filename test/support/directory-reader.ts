import { Client, PresenceFilter } from 'ldapts';
import { Deadline } from '../../src/strategies/outbound/deadline';
import type { DirectoryEntry } from '../../src/strategies/ldap/entry/directory-entry';
import type { DirectoryReader, SearchRequest } from '../../src/strategies/ldap/connection/search-request';
import { searchWhole } from '../../src/strategies/ldap/connection/whole-search';

const operationTimeoutMs = 5000;

/** Searches on one connection of its own, and counts them: the pool of the strategy has tests of its own. */
export class TestReader implements DirectoryReader {
  searches = 0;
  readonly referrals: string[] = [];

  private constructor(readonly client: Client) {}

  static async connect(options: {
    readonly url: string;
    readonly ca?: Buffer;
    readonly name: string;
    readonly password: string;
  }): Promise<TestReader> {
    const client = new Client({ url: options.url, tlsOptions: options.ca && { ca: options.ca } });
    await client.bind(options.name, options.password);
    return new TestReader(client);
  }

  async search(request: SearchRequest, deadline: Deadline): Promise<DirectoryEntry[]> {
    this.searches += 1;
    const { entries, referrals } = await searchWhole(this.client, request, deadline, operationTimeoutMs);
    this.referrals.push(...referrals);
    return entries;
  }

  /** The entry with this DN. */
  async entry(dn: string, attributes: readonly string[]): Promise<DirectoryEntry> {
    const filter = new PresenceFilter({ attribute: 'objectClass' });
    const request: SearchRequest = { baseDn: dn, scope: 'base', filter, attributes, maxEntries: 1 };
    const [entry] = await this.search(request, Deadline.in(operationTimeoutMs));
    if (entry === undefined) throw new Error(`There is no ${dn}`);
    this.searches = 0;
    return entry;
  }

  async close(): Promise<void> {
    await this.client.unbind();
  }
}
