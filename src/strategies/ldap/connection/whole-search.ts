import type { Client, Control, Entry, SearchOptions, SearchResult } from 'ldapts';
import { type Deadline, within } from '../../outbound/deadline';
import { type DirectoryEntry, toDirectoryEntry } from '../entry/directory-entry';
import { PageControl, withCookie } from './page-control';
import { type RangeReader, withWholeRanges } from './range-retrieval';
import type { SearchRequest } from './search-request';
import { TruncatedAnswer } from './truncated-answer';

/** Below the limits that servers come with: Active Directory gives at most 1000 entries at once, slapd 500. */
const largestPage = 500;
/** A server that does not know a control ignores it unless it is critical (RFC 4511 section 4.1.11); some refuse all the same. */
const unavailableCriticalExtension = 12;
/** RFC 4511 section 4.1.9: the results that mean that there is more. */
const limitResults: ReadonlyMap<unknown, string> = new Map([
  [3, 'time limit (result 3)'],
  [4, 'size limit (result 4)'],
  [11, 'administrative limit (result 11)'],
]);

export interface WholeAnswer {
  readonly entries: DirectoryEntry[];
  /** Where the server says that more would be. They are not followed. */
  readonly referrals: readonly string[];
}

/** A page, or a part of an attribute, did not come in time. The connection still waits for it and is of no further use. */
export class SearchTimedOut extends Error {
  override readonly name = 'SearchTimedOut';

  /** `deadline`: the task as a whole ran out of time, which says little of the server. */
  constructor(
    readonly limit: 'operation' | 'deadline',
    limitMs: number,
  ) {
    super(`SearchRequest after ${Math.round(limitMs)} ms: Operation timed out`);
  }
}

/**
 * Searches, and gives everything that matches or fails: page by page (RFC 2696), with attributes in ranges read to their end.
 * An answer of at most `maxEntries` small entries costs one round trip. The client must do nothing else meanwhile: slapd keeps
 * one paged search for each connection. After an error that is no TruncatedAnswer the connection should be closed.
 * @throws TruncatedAnswer when the directory has more than it gives or than `maxEntries`.
 */
export async function searchWhole(
  client: Client,
  request: SearchRequest,
  deadline: Deadline,
  operationTimeoutMs: number,
): Promise<WholeAnswer> {
  const step = new Step(client, deadline, operationTimeoutMs);
  const { searchEntries, searchReferences } = await allPages(step, request);
  const rangeReader: RangeReader = (dn, attribute) =>
    oneEntry(step, dn, { ...request, attributes: [attribute] });
  const entries: DirectoryEntry[] = [];
  for (const entry of searchEntries)
    entries.push(toDirectoryEntry(await withWholeRanges(entry, rangeReader)));
  return { entries, referrals: searchReferences };
}

async function allPages(step: Step, request: SearchRequest): Promise<SearchResult> {
  // The base object alone is one entry at most, so there is nothing to page.
  if (request.scope === 'base') return step.search(request.baseDn, searchOptions(request));
  try {
    return await paged(step, request);
  } catch (error) {
    if (codeOf(error) !== unavailableCriticalExtension) throw error;
    return checked(await step.search(request.baseDn, searchOptions(request)), request);
  }
}

async function paged(step: Step, request: SearchRequest): Promise<SearchResult> {
  const found: SearchResult = { searchEntries: [], searchReferences: [] };
  // One more than wanted, so that a search for one login name stays small and still shows that there are several. A size
  // limit would do too, but ldapts takes result 4 for success then, also where the server's own limit was the lower one.
  const pageSize = Math.min(largestPage, request.maxEntries + 1);
  let cookie = Buffer.alloc(0);
  do {
    const page = await step.page(request, new PageControl(pageSize, cookie));
    found.searchEntries.push(...page.answer.searchEntries);
    found.searchReferences.push(...page.answer.searchReferences);
    checked(found, request);
    cookie = page.cookie;
    // Only the cookie tells the end: a page may be empty and more may follow (RFC 2696 section 3).
  } while (cookie.length > 0);
  return found;
}

async function oneEntry(step: Step, dn: string, request: SearchRequest): Promise<Entry | undefined> {
  const { searchEntries } = await step.search(dn, { ...searchOptions(request), scope: 'base' });
  return searchEntries[0];
}

function checked(found: SearchResult, { baseDn, maxEntries }: SearchRequest): SearchResult {
  if (found.searchEntries.length <= maxEntries) return found;
  throw new TruncatedAnswer('more-entries', `more than ${maxEntries} entries match below ${baseDn}`);
}

/**
 * No time limit for the server: with paging, Active Directory takes one as the time for a page and answers with what it has,
 * which may be an empty page and a cookie. Our own clock bounds every page instead.
 */
function searchOptions({ scope, filter, attributes, binaryAttributes }: SearchRequest): SearchOptions {
  return {
    scope,
    filter,
    // An empty list would mean all attributes (RFC 4511 section 4.5.1.8); `1.1` means none.
    attributes: attributes.length === 0 ? ['1.1'] : [...attributes],
    explicitBufferAttributes: [...(binaryAttributes ?? [])],
  };
}

/** Runs one request after the other on a client, each within the operation's time and the deadline. */
class Step {
  private hasAsked = false;

  constructor(
    private readonly client: Client,
    private readonly deadline: Deadline,
    private readonly operationTimeoutMs: number,
  ) {}

  search(baseDn: string, options: SearchOptions, ...controls: Control[]): Promise<SearchResult> {
    return this.inTime(() => this.client.search(baseDn, options, controls));
  }

  page(
    request: SearchRequest,
    control: PageControl,
  ): Promise<{ readonly answer: SearchResult; readonly cookie: Buffer<ArrayBuffer> }> {
    return withCookie(this.client, () => this.search(request.baseDn, searchOptions(request), control));
  }

  private async inTime<T>(ask: () => Promise<T>): Promise<T> {
    this.refuseReconnection();
    const leftMs = this.deadline.remainingMs();
    const limitMs = Math.min(leftMs, this.operationTimeoutMs);
    const fault = () =>
      new SearchTimedOut(leftMs < this.operationTimeoutMs ? 'deadline' : 'operation', limitMs);
    if (limitMs === 0) throw fault();
    try {
      return await within(limitMs, ask, fault);
    } catch (error) {
      throw truncationIn(error) ?? error;
    }
  }

  /** ldapts connects anew by itself; the rest of an answer would then be what nobody in particular may see. */
  private refuseReconnection(): void {
    if (this.hasAsked && !this.client.isConnected) {
      throw new Error('the server closed the connection during the search');
    }
    this.hasAsked = true;
  }
}

function truncationIn(error: unknown): TruncatedAnswer | undefined {
  const limit = limitResults.get(codeOf(error));
  if (limit === undefined) return undefined;
  const message = `the directory broke a search off at its ${limit}; raise it there for the searching account`;
  return new TruncatedAnswer('server-limit', message, { cause: error });
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
