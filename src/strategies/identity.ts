/** A person as a credential source describes them. */
export interface Identity {
  /**
   * Stable and unique over all sources: the strategy's name, a colon, and the source's own id (objectGUID, entryUUID or what
   * the upstream says). Never the name that was typed, which may change or be given to somebody else.
   */
  readonly subject: string;
  /** The canonical login name. */
  readonly username: string;
  readonly displayName?: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly email?: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  /** Further attributes by the source's names. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** The name of the strategy that accepted the person. */
  readonly strategy: string;
}

/**
 * One spelling for each login name: NFKC, without blanks at the ends, in lower case. Feeds counters and comparisons, so that
 * `Bob`, `bob ` and `ＢＯＢ` are one person. A password is never treated like this.
 */
export function canonicalUsername(typed: string): string {
  return typed.normalize('NFKC').trim().toLowerCase();
}
