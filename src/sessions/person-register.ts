import type { Clock } from '../common/clock';
import { type KeyBatch, type Store, StoreUnavailable } from '../stores/store';
import { PersonNames } from './person-names';
import { type ListedSession, PersonSessions } from './person-sessions';
import type { Session } from './session';

/** Who has which sessions, and by which names people log in. The sessions themselves are the truth. */
export class PersonRegister {
  private readonly people: PersonSessions;
  private readonly names: PersonNames;

  /** `absoluteMs` is how long a session lives at the longest; its person's name is remembered for as long. */
  constructor(
    store: Store,
    clock: Clock,
    private readonly absoluteMs: number,
  ) {
    this.people = new PersonSessions(store, clock);
    this.names = new PersonNames(store);
  }

  /** In the order of opening; some may have ended. */
  sessionsOf(subject: string): Promise<readonly ListedSession[]> {
    return this.people.of(subject);
  }

  /** The same for a key that `keys` gave. */
  sessionsAt(key: string): Promise<readonly ListedSession[]> {
    return this.people.at(key);
  }

  /** A part of a walk over everybody; see `Store.scan`. */
  keys(after: string | undefined, limit: number): Promise<KeyBatch> {
    return this.people.keys(after, limit);
  }

  /** The subjects that have logged in by this canonical name of late. */
  subjectsOf(username: string): Promise<readonly string[]> {
    return this.names.subjectsOf(username);
  }

  /** Both lists at once, for one commit of the store. Resolves with the person's sessions. */
  async add(session: Session): Promise<readonly ListedSession[]> {
    const { id, identity, createdAtMs, absoluteEndMs } = session;
    const [listed] = await Promise.all([
      this.people.add(identity.subject, { id, openedAtMs: createdAtMs, absoluteEndMs }),
      this.rememberName(session),
    ]);
    return listed;
  }

  rememberName({ identity, createdAtMs }: Pick<Session, 'identity' | 'createdAtMs'>): Promise<void> {
    return this.names.remember(identity.username, identity.subject, createdAtMs + this.absoluteMs);
  }

  remove(subject: string, ids: ReadonlySet<string>): Promise<void> {
    return this.people.remove(subject, ids);
  }

  /** The same where it does not matter: a session that has ended may stay listed, since nobody takes the list for the truth. */
  async tidy(subject: string, sessions: readonly Session[]): Promise<void> {
    if (sessions.length === 0) return;
    try {
      await this.remove(subject, new Set(sessions.map(({ id }) => id)));
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }
}
