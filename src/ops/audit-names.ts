import { createHmac, type KeyObject } from 'node:crypto';
import type { AuditEvent } from '../common/audit-trail';

/** `known`: names in clear once they are known to be somebody's. `hashed`: nobody in clear. `plain`: everything as it was typed. */
export type AuditNamesMode = 'known' | 'plain' | 'hashed';

/** Whom a line is about, as it may be written down. */
export type NamedPeople = Readonly<
  Partial<Record<'username' | 'usernameHash' | 'subject' | 'subjectHash' | 'actor' | 'actorHash', string>>
>;

const mostKnownNames = 10_000;

/**
 * Decides how people are named in the audit trail. People type passwords into the field of the name; so a name is written in clear
 * only once a source has vouched for it, and else as a keyed hash by which lines can be matched, and nothing read off.
 */
export class AuditNames {
  /** Oldest first. */
  private readonly known = new Set<string>();

  /** @param key the same in all processes whose lines are to match; without one, no hashes are written */
  constructor(
    readonly mode: AuditNamesMode,
    private readonly key: KeyObject | undefined,
  ) {}

  /** How the people of an event are written. */
  of(event: AuditEvent): NamedPeople {
    const { username, subject, actor } = event;
    if (username !== undefined && isProven(event)) this.learn(username);
    if (this.mode === 'plain') return present({ username, subject, actor });
    const usernameHash = this.hash('username', username);
    if (this.mode === 'known') {
      const isKnown = username !== undefined && this.known.has(username);
      return present({ username: isKnown ? username : undefined, usernameHash, subject, actor });
    }
    const subjectHash = this.hash('subject', subject);
    return present({ usernameHash, subjectHash, actorHash: this.hash('subject', actor) });
  }

  /**
   * HMAC-SHA-256 (RFC 2104) of a name in base64url; the same of an actor as of a subject, so that both match.
   * @returns undefined without a name or a key
   */
  hash(kind: 'username' | 'subject', name: string | undefined): string | undefined {
    if (name === undefined || this.key === undefined) return undefined;
    return createHmac('sha256', this.key).update(`${kind}\0${name}`).digest('base64url');
  }

  private learn(name: string): void {
    this.known.delete(name);
    this.known.add(name);
    const [oldest] = this.known;
    if (this.known.size > mostKnownNames && oldest !== undefined) this.known.delete(oldest);
  }
}

/** Whether a source, or whoever keeps the users, has said that somebody has this name. */
function isProven({ event, outcome, subject, nameIsKnown = false }: AuditEvent): boolean {
  // An administrator may ask to end the sessions of anything.
  return nameIsKnown || subject !== undefined || (outcome === 'success' && event !== 'session_end');
}

function present(people: Readonly<Record<string, string | undefined>>): NamedPeople {
  return Object.fromEntries(Object.entries(people).filter(([, name]) => name !== undefined));
}
