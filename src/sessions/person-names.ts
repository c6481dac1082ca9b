import { hash } from 'node:crypto';
import { type Store, StoreUnavailable } from '../stores/store';

/** A subject that has logged in by a name, remembered until then. */
interface KnownSubject {
  readonly subject: string;
  readonly untilMs: number;
}

const mostRaces = 50;
/** Several sources may each know somebody by the same name; more than a few would be a mistake. */
const mostSubjects = 32;
/** How much longer than asked a name is remembered, so that it is written once in that time. */
const slackMs = 24 * 60 * 60 * 1000;

/** Whose login name is whose: for administrators, who know names and not subjects. */
export class PersonNames {
  constructor(private readonly store: Store) {}

  async subjectsOf(username: string): Promise<readonly string[]> {
    const record = await this.store.read(keyOf(username));
    return record ? subjectsIn(record.value).map(({ subject }) => subject) : [];
  }

  /** Remembers at least until `untilMs`. */
  async remember(username: string, subject: string, untilMs: number): Promise<void> {
    const key = keyOf(username);
    for (let race = 0; race < mostRaces; race++) {
      const record = await this.store.read(key);
      const known = record ? subjectsIn(record.value) : [];
      if (known.some((one) => one.subject === subject && one.untilMs >= untilMs)) return;
      // Longer than asked, so that not every login writes.
      const keptUntilMs = untilMs + slackMs;
      const others = known.filter((one) => one.subject !== subject);
      const value = JSON.stringify([...others, { subject, untilMs: keptUntilMs }].slice(-mostSubjects));
      const kept = record
        ? await this.store.replace(key, record.version, value, keptUntilMs)
        : await this.store.create(key, value, keptUntilMs);
      if (kept) return;
    }
    throw new StoreUnavailable(`a login name's record changed ${mostRaces} times while it was written`);
  }
}

function keyOf(username: string): string {
  return `name:${hash('sha256', username, 'base64url')}`;
}

function subjectsIn(text: string): KnownSubject[] {
  const value: unknown = JSON.parse(text);
  return Array.isArray(value) ? value.filter(isKnownSubject) : [];
}

function isKnownSubject(value: unknown): value is KnownSubject {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'subject' in value &&
    typeof value.subject === 'string' &&
    'untilMs' in value &&
    typeof value.untilMs === 'number'
  );
}
