import type { Filter } from 'ldapts';
import type { Deadline } from '../../outbound/deadline';
import type { DirectoryEntry } from '../entry/directory-entry';

export interface SearchRequest {
  readonly baseDn: string;
  /** `base` looks at the entry `baseDn` itself, `one` at its children, `sub` at everything below it too. */
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: Filter;
  /** What to read; operational attributes come only when named. */
  readonly attributes: readonly string[];
  /** Which of them are bytes, whether or not they happen to be valid UTF-8. */
  readonly binaryAttributes?: readonly string[];
  /** More entries than this are an error, never a shorter list. */
  readonly maxEntries: number;
  /** True where `baseDn` need not be an entry: that there is none is an empty answer then, and no error. */
  readonly mayBeMissing?: boolean;
}

/** Searches: as the service account, or as a user who has just bound. Always whole: paged, with ranges followed. */
export interface DirectoryReader {
  /** @throws StrategyUnavailable when the answer would not be whole, or did not come by the deadline. */
  search(request: SearchRequest, deadline: Deadline): Promise<DirectoryEntry[]>;
}
