import { createHmac, type KeyObject } from 'node:crypto';
import type { AuditEvent } from '../common/audit-trail';
import { RecentValues } from '../common/recent-values';

/** `known`: names in clear once they are known to be somebody's. `hashed`: nobody in clear. `plain`: everything as it was typed. */
export type AuditNamesMode = 'known' | 'plain' | 'hashed';

/** Whom a line is about, as it may be written down. */
export type NamedPeople = Readonly<
  Partial<
    Record<
      'username' | 'usernameHash' | 'subject' | 'subjectHash' | 'actor' | 'actorHash',
      string | undefined
    >
  >
>;

/** How many names are known at once, and how many characters they have together. */
const mostKnown = { mostValues: 20_000, mostWeight: 4 * 1024 * 1024 };

/** A name that is somebody's, with its hash, which is the same for each of their lines. */
interface KnownName {
  readonly name: string;
  readonly hash: string | undefined;
}

/**
 * Decides how people are named in the audit trail. People type passwords into the field of the name; so a name is written in clear
 * only once a source has vouched for it, and else as a keyed hash by which lines can be matched, and nothing read off.
 */
export class AuditNames {
  private readonly known = new RecentValues<KnownName>(mostKnown, ({ name }) => name.length);

  /** @param key the same in all processes whose lines are to match; without one, no hashes are written */
  constructor(
    readonly mode: AuditNamesMode,
    private readonly key: KeyObject | undefined,
  ) {}

  /** How the people of an event are written. */
  of(event: AuditEvent): NamedPeople {
    const { username, subject, actor } = event;
    if (this.mode === 'plain') return { username, subject, actor };
    const known = username === undefined ? undefined : this.knownName(username, isProven(event));
    const usernameHash = known ? known.hash : this.hash('username', username);
    if (this.mode === 'known') return { username: known?.name, usernameHash, subject, actor };
    const subjectHash = this.hash('subject', subject);
    return { usernameHash, subjectHash, actorHash: this.hash('subject', actor) };
  }

  /**
   * HMAC-SHA-256 (RFC 2104) of a name in base64url; the same of an actor as of a subject, so that both match.
   * @returns undefined without a name or a key
   */
  hash(kind: 'username' | 'subject', name: string | undefined): string | undefined {
    if (name === undefined || this.key === undefined) return undefined;
    return createHmac('sha256', this.key).update(`${kind}\0${name}`).digest('base64url');
  }

  private knownName(name: string, isProven: boolean): KnownName | undefined {
    const known = this.known.find(name);
    if (known || !isProven) return known;
    const learned = { name, hash: this.hash('username', name) };
    this.known.keep(name, learned);
    return learned;
  }
}

/** Whether a source, or whoever keeps the users, has said that somebody has this name. */
function isProven({ event, outcome, subject, nameIsKnown = false }: AuditEvent): boolean {
  // An administrator may ask to end the sessions of anything.
  return nameIsKnown || subject !== undefined || (outcome === 'success' && event !== 'session_end');
}
