import { RecentValues } from '../common/recent-values';
import { makeKnownUnchanging, makeUnchanging } from '../common/unchanging';
import { decodeSession, type KeptSession, type Session } from './session';

const mostSessions = 10_000;
/** Characters of all records together; what they say takes about as much memory once more. */
const mostCharacters = 8 * 1024 * 1024;

/**
 * Remembers what the records say that were read of late. The store is asked all the same, each time: only a record that reads exactly as
 * before spares its decoding. So the same record also gives the same session object, by which others may remember what they make of it.
 * That object is frozen: many requests share it, also with an embedding application, whose change would be seen by all later ones.
 */
export class DecodedSessions {
  private readonly recent = new RecentValues<KeptSession>(
    { mostValues: mostSessions, mostWeight: mostCharacters },
    ({ text }) => text.length,
  );

  /** What the record of a session said when it was last read; it may have changed or gone since. */
  lastOf(id: string): Session | undefined {
    return this.recent.find(id)?.session;
  }

  /**
   * Remembers a record that has just been written. Only for one whose person came out of a record too: what a source says of somebody
   * may have members that no record has, and is not ours to freeze.
   */
  wrote(kept: KeptSession): void {
    freeze(kept.session);
    this.recent.keep(kept.session.id, kept);
  }

  /** As `decodeSession`, for the text that the store has now. */
  decode(id: string, text: string): Session | undefined {
    const known = this.recent.find(id);
    if (known?.text === text) return known.session;
    const session = decodeSession(text);
    if (!session) return undefined;
    freeze(session);
    this.recent.keep(id, { text, session });
    return session;
  }
}

/** What is made of a session is mostly made of its person, and remembered by them. */
function freeze(session: Session): void {
  makeKnownUnchanging(session.identity);
  makeUnchanging(session);
}
