import { hash } from 'node:crypto';
import { isUnchanging } from '../common/unchanging';
import { type Store, StoreUnavailable } from '../stores/store';
import type { Session } from './session';

/** From when on a person's sessions count. One session may be spared: the one in which the person is at work. */
interface NotBefore {
  readonly atMs: number;
  readonly spared?: string;
}

type Person = Session['identity'];
type StoredMark = Awaited<ReturnType<Store['read']>>;

const mostRaces = 10;

/**
 * Ends all sessions of a person at once, without knowing them: a session that was opened before the person's mark has ended.
 * The mark outlives every session that it could end.
 */
export class NotBeforeMarks {
  /** The keys of the people of sessions, who stay the same objects from one read to the next. */
  private readonly keys = new WeakMap<Person, string>();

  constructor(private readonly store: Store) {}

  /** Marks now. Durable when this resolves. */
  async mark(subject: string, mark: NotBefore, expiresAtMs: number): Promise<void> {
    const key = keyOf(subject);
    for (let race = 0; race < mostRaces; race++) {
      const current = await this.store.read(key);
      const value = JSON.stringify(laterOf(mark, current && parseMark(current.value)));
      const kept = current
        ? await this.store.replace(key, current.version, value, expiresAtMs)
        : await this.store.create(key, value, expiresAtMs);
      if (kept) return;
    }
    throw new StoreUnavailable(`a mark changed ${mostRaces} times while it was set`);
  }

  /** Whether a mark has ended this session. */
  async hasEnded(session: Session): Promise<boolean> {
    return hasEnded(session, await this.of(session.identity));
  }

  /** The mark of a person as it stands in the store; for `hasEnded`. */
  of(person: Person): Promise<StoredMark> {
    const known = this.keys.get(person);
    if (known !== undefined) return this.store.read(known);
    const key = keyOf(person.subject);
    if (isUnchanging(person)) this.keys.set(person, key);
    return this.store.read(key);
  }
}

/** Whether a mark of the session's person has ended it. */
export function hasEnded(session: Session, stored: StoredMark): boolean {
  if (!stored) return false;
  const mark = parseMark(stored.value);
  return mark === undefined || (session.createdAtMs < mark.atMs && session.id !== mark.spared);
}

/** A mark never moves back, not even by a process whose clock is behind: what it has ended would live again. */
function laterOf(mark: NotBefore, current: NotBefore | undefined): NotBefore {
  if (!current || current.atMs < mark.atMs) return mark;
  return { atMs: current.atMs, ...(current.spared === mark.spared && { spared: mark.spared }) };
}

/** Subjects may be as long as a directory makes them; a key may not. */
function keyOf(subject: string): string {
  return `not-before:${hash('sha256', subject, 'base64url')}`;
}

function parseMark(text: string): NotBefore | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('atMs' in value) || typeof value.atMs !== 'number') return undefined;
  const spared = 'spared' in value && typeof value.spared === 'string' ? value.spared : undefined;
  return { atMs: value.atMs, spared };
}
