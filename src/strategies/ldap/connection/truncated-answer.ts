/** What kept an answer from being whole. */
export type TruncationKind =
  /** There are more entries than the request wants. */
  | 'more-entries'
  /** The server gave up at a limit of its own. */
  | 'server-limit'
  /** The rest of a long attribute cannot be read. */
  | 'range'
  /** The directory does not give what LDAP_GROUP_MODE needs: it is of another kind, or a right is missing. */
  | 'unreadable'
  /** A limit of ours on the groups of one person. */
  | 'group-limit';

/** The directory has more to say than we got. It is an error, because a shorter list would look like the truth. */
export class TruncatedAnswer extends Error {
  override readonly name = 'TruncatedAnswer';

  /** `message` is for an operator and names the setting that would help, if there is one. */
  constructor(
    readonly kind: TruncationKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
