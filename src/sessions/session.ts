import { GatehouseError } from '../common/gatehouse-error';
import { isUnchanging } from '../common/unchanging';
import type { Identity } from '../strategies/identity';
import { longestValueBytes } from '../stores/store';
import type { RefreshChain } from './rotation';

/** The device that a session was opened from, as far as the request tells. */
export interface SessionClient {
  readonly address: string;
  readonly userAgent: string;
}

/** What a client was granted that opened a session in its own name. */
export interface SessionGrant {
  readonly clientId: string;
  /** RFC 6749 section 3.3; empty where the client asked for nothing in particular. */
  readonly scope: readonly string[];
}

/** One login of one person on one device. Times are milliseconds since the Unix epoch. */
export interface Session {
  readonly id: string;
  readonly identity: Identity;
  /** When the credential source last said who this is. */
  readonly identityReadAtMs: number;
  /** True when the source could not be asked again in time and we go on with what we know. */
  readonly identityIsStale: boolean;
  readonly client: SessionClient;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
  /** When a use last handed the cookie out anew that names the session; absent before the first time. */
  readonly cookieRenewedAtMs?: number;
  /** The session ends here unless it is refreshed; never later than `absoluteEndMs`. */
  readonly expiresAtMs: number;
  readonly absoluteEndMs: number;
  readonly chain: RefreshChain;
  /** Absent where the native API opened the session. */
  readonly grant?: SessionGrant;
  /** How long it lives unused, where that is not REFRESH_TOKEN_TTL_SECONDS. */
  readonly idleMs?: number;
  /** When the password expires that opened it, where the source said so; absent once it has been changed in this session. */
  readonly passwordExpiresAtMs?: number;
}

/** A session as the store keeps it: the text of its record, and what that says. */
export interface KeptSession {
  readonly text: string;
  readonly session: Session;
}

/** Attributes are dropped from a record that would be too large; groups and roles stay. */
export function keptSession(session: Session): KeptSession {
  const whole = textOf(session);
  if (Buffer.byteLength(whole) <= longestValueBytes) return { text: whole, session };
  const shorter = { ...session, identity: { ...session.identity, attributes: {} } };
  const text = JSON.stringify(shorter);
  if (Buffer.byteLength(text) <= longestValueBytes) return { text, session: shorter };
  // A shorter list of groups would look like the truth.
  const detail = `the groups and roles of one person need more than the ${longestValueBytes} bytes of a session`;
  throw new GatehouseError('SERVICE_UNAVAILABLE', { detail });
}

/** What JSON.stringify makes of people who cannot change: they are the greater part of a record, and the same at each refresh. */
const knownPeople = new WeakMap<Identity, string>();

function textOf(session: Session): string {
  const { identity, ...others } = session;
  if (!isUnchanging(identity)) return JSON.stringify(session);
  const person = knownPeople.get(identity) ?? JSON.stringify(identity);
  knownPeople.set(identity, person);
  return `{"identity":${person},${JSON.stringify(others).slice(1)}`;
}

/** The text that the store keeps. */
export function encodeSession(session: Session): string {
  return keptSession(session).text;
}

/** Undefined when the text is no session, such as one of another release. */
export function decodeSession(text: string): Session | undefined {
  const value: unknown = JSON.parse(text);
  return isSession(value) ? value : undefined;
}

const texts = ['id'];
const numbers = ['identityReadAtMs', 'createdAtMs', 'lastUsedAtMs', 'expiresAtMs', 'absoluteEndMs'];
const objects = ['identity', 'client', 'chain'];

/** The store is ours, so this guards against another release's form, not against an attacker. */
function isSession(value: unknown): value is Session {
  if (typeof value !== 'object' || value === null) return false;
  const member = (name: string): unknown => Reflect.get(value, name);
  return (
    texts.every((name) => typeof member(name) === 'string') &&
    numbers.every((name) => typeof member(name) === 'number') &&
    objects.every((name) => typeof member(name) === 'object' && member(name) !== null)
  );
}
