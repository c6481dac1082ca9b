import { hash } from 'node:crypto';
import type { Clock } from '../common/clock';
import { type KeyBatch, type Store, StoreUnavailable } from '../stores/store';

/** One of a person's sessions, as their list knows it. */
export interface ListedSession {
  readonly id: string;
  readonly openedAtMs: number;
  /** It has ended by then at the latest, so the list need not keep it longer. */
  readonly absoluteEndMs: number;
}

/** More would mean that something else is wrong; each lost race is another login or logout of the same person. */
const mostRaces = 200;
const keyPrefix = 'person:';
/** Far above SESSIONS_MAX_PER_PERSON, which logins keep to; about half of what a record holds. */
export const mostListed = 5000;

type Edit = (sessions: readonly ListedSession[]) => readonly ListedSession[];

/**
 * Which sessions a person has: one record for each person, changed by compare-and-replace. The sessions themselves are the truth.
 * A session that has ended may stay listed for a while; whoever reads the list looks whether it still lives.
 */
export class PersonSessions {
  private readonly queues = new Map<string, Promise<void>>();

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** In the order of opening. */
  of(subject: string): Promise<readonly ListedSession[]> {
    return this.at(keyOf(subject));
  }

  /** A part of a walk over everybody who has a list; see `Store.scan`. */
  keys(after: string | undefined, limit: number): Promise<KeyBatch> {
    return this.store.scan(keyPrefix, after, limit);
  }

  /** The list under a key that `keys` gave. */
  async at(key: string): Promise<readonly ListedSession[]> {
    const record = await this.store.read(key);
    return record ? this.current(record.value) : [];
  }

  /** Resolves with the list that it has made. Past `mostListed` the oldest entry falls off, so that the record never grows too large. */
  add(subject: string, session: ListedSession): Promise<readonly ListedSession[]> {
    return this.change(subject, (sessions) => [...sessions, session].slice(-mostListed));
  }

  async remove(subject: string, ids: ReadonlySet<string>): Promise<void> {
    await this.change(subject, (sessions) => sessions.filter(({ id }) => !ids.has(id)));
  }

  /** One after the other within this process, so that parallel logins of one person do not lose races to each other. */
  private change(subject: string, edit: Edit): Promise<readonly ListedSession[]> {
    const before = this.queues.get(subject) ?? Promise.resolve();
    const done = before.then(() => this.changeNow(subject, edit));
    const tidy = (): void => {
      if (this.queues.get(subject) === settled) this.queues.delete(subject);
    };
    const settled = done.then(tidy, tidy);
    this.queues.set(subject, settled);
    return done;
  }

  private async changeNow(subject: string, edit: Edit): Promise<readonly ListedSession[]> {
    const key = keyOf(subject);
    for (let race = 0; race < mostRaces; race++) {
      const record = await this.store.read(key);
      const before = record ? this.current(record.value) : [];
      const after = edit(before);
      if (after.length === before.length && !record) return after;
      const ends = after.map(({ absoluteEndMs }) => absoluteEndMs);
      const expiresAtMs = Math.max(this.clock.nowMs() + 1, ...ends);
      const kept = record
        ? await this.store.replace(key, record.version, JSON.stringify(after), expiresAtMs)
        : await this.store.create(key, JSON.stringify(after), expiresAtMs);
      if (kept) return after;
    }
    throw new StoreUnavailable(`a person's list of sessions changed ${mostRaces} times while it was edited`);
  }

  private current(text: string): readonly ListedSession[] {
    const value: unknown = JSON.parse(text);
    const nowMs = this.clock.nowMs();
    const listed = Array.isArray(value) ? value.filter(isListed) : [];
    return listed.filter(({ absoluteEndMs }) => absoluteEndMs > nowMs);
  }
}

/** Subjects may be as long as a directory makes them; a key may not. */
function keyOf(subject: string): string {
  return `${keyPrefix}${hash('sha256', subject, 'base64url')}`;
}

function isListed(value: unknown): value is ListedSession {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'id' in value &&
    typeof value.id === 'string' &&
    'openedAtMs' in value &&
    typeof value.openedAtMs === 'number' &&
    'absoluteEndMs' in value &&
    typeof value.absoluteEndMs === 'number'
  );
}
