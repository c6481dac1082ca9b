/** A user as a source knows them. The hash is a PHC string; the password itself is kept nowhere. */
export interface UserRecord {
  /** Never changes and is never given to somebody else; the subject is made of it. */
  readonly id: string;
  readonly username: string;
  readonly passwordHash: string;
  readonly displayName?: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly email?: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly disabled: boolean;
}

/** Where the users of a FileStrategy come from. */
export interface UserSource {
  /** What is wrong with the source although it can tell, such as a change of it that it could not take over. */
  readonly fault?: string | undefined;
  /** @throws UsersUnavailable when the source cannot tell. */
  findByName(canonicalName: string): Promise<UserRecord | undefined>;
  /** @throws UsersUnavailable when the source cannot tell. */
  findById(id: string): Promise<UserRecord | undefined>;
}

/** The source cannot tell who its users are. The message names no user and no hash. */
export class UsersUnavailable extends Error {
  override readonly name = 'UsersUnavailable';
}
