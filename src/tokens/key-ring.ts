import type { JsonWebKey } from 'node:crypto';
import type { AsymmetricAlgorithm, KeyPair } from './signing-algorithms';

/** A key that signs, or will. All times in milliseconds since the Unix epoch. */
export interface RingKey extends KeyPair {
  readonly createdAtMs: number;
  /** When it begins to sign; for a key that signs, when it began. */
  readonly activeFromMs: number;
  /** The longest life of a token that this key may have signed. */
  readonly tokenLifeMs: number;
}

/** A key that signs no more. Its private part is gone. */
export interface PreviousKey {
  readonly kid: string;
  readonly algorithm: AsymmetricAlgorithm;
  readonly publicJwk: JsonWebKey;
  readonly createdAtMs: number;
  readonly activeFromMs: number;
  readonly retiredAtMs: number;
  /** When its last token has ended, so that nobody needs it any more. */
  readonly removeAfterMs: number;
}

/** All keys by which our tokens can be verified. Every one of them is published. */
export interface KeyRing {
  readonly current: RingKey;
  /** Published already, but signs nothing yet. */
  readonly next?: RingKey;
  readonly previous: readonly PreviousKey[];
}

export interface KeyPolicy {
  readonly algorithm: AsymmetricAlgorithm;
  readonly maxAgeMs: number;
  /** How long a key is published before it signs. */
  readonly leadMs: number;
  /** How long it must have been published before an operator may make it sign. */
  readonly leastLeadMs: number;
  /** The life of an access token. */
  readonly tokenLifeMs: number;
}

/** When, under which policy, and with which new key, should one be needed. */
export interface RingStep {
  readonly nowMs: number;
  readonly policy: KeyPolicy;
  readonly spare?: KeyPair;
}

/** What a previous key is kept beyond the end of its last token: for processes that learn late, and clocks that differ. */
export const removalMarginMs = 5 * 60_000;
/** During a deployment, old and new processes may want different algorithms; they shall not replace each other's key all the time. */
const foreignNextStaysMs = 10 * 60_000;
/** Clocks of replicas never differ by so much: what is dated that far ahead was made by a clock that has been set back since. */
const aheadMs = 24 * 60 * 60_000;

/** The first ring: nobody holds an older key set, so its key may sign at once. */
export function firstRing(key: KeyPair, { nowMs, policy }: RingStep): KeyRing {
  return { current: ringKey(key, { nowMs, policy }, nowMs), previous: [] };
}

/**
 * What is due is done: the next key signs when its time has come, a next key is published when the current one is near its end or
 * of another algorithm than the policy's, and a previous key is removed when its last token has ended.
 * @returns the same ring when nothing is due. Without a spare, nothing is published that `wantsKey` asks for.
 */
export function advance(ring: KeyRing, step: RingStep): KeyRing {
  return prepare(activate(withTokenLife(forget(ring, step), step), step), step);
}

/** Whether `advance` would publish a new key if it had one. */
export function wantsKey(ring: KeyRing, step: Omit<RingStep, 'spare'>): boolean {
  const { current, next } = activate(ring, step);
  if (next) return isReplaceable(next, step);
  const { policy, nowMs } = step;
  if (current.algorithm !== policy.algorithm || current.activeFromMs > nowMs + aheadMs) return true;
  return nowMs >= current.activeFromMs + policy.maxAgeMs - policy.leadMs;
}

/** The next key signs from now on, or the spare if there is none; the current one stays until its last token has ended. */
export function promote(ring: KeyRing, step: RingStep): KeyRing {
  const { nowMs, spare } = step;
  const next = ring.next ?? (spare && ringKey(spare, step, nowMs));
  if (!next) return ring;
  return {
    current: { ...next, activeFromMs: nowMs },
    previous: [...ring.previous, previousKey(ring.current, nowMs)],
  };
}

/** Publishes the spare as the next key, unless there is one. */
export function publishNext(ring: KeyRing, step: RingStep): KeyRing {
  if (ring.next || !step.spare) return ring;
  return { ...ring, next: ringKey(step.spare, step, step.nowMs + step.policy.leadMs) };
}

/**
 * Removes a key at once, so that its tokens are refused. In the place of the current one comes the next, or else the spare.
 * @returns the same ring when it holds no such key, or when it is the current one and there is nothing to put in its place.
 */
export function retire(ring: KeyRing, kid: string, step: RingStep): KeyRing {
  if (ring.current.kid === kid) {
    const promoted = promote(ring, step);
    return promoted === ring ? ring : { ...promoted, previous: ring.previous };
  }
  if (ring.next?.kid === kid) return { current: ring.current, previous: ring.previous };
  const previous = ring.previous.filter((key) => key.kid !== kid);
  return previous.length === ring.previous.length ? ring : { ...ring, previous };
}

/** From when on an operator may make the next key sign without harm to anybody who caches the key set. */
export function promotableFromMs(next: RingKey, { leastLeadMs }: KeyPolicy): number {
  return Math.min(next.activeFromMs, next.createdAtMs + leastLeadMs);
}

function forget(ring: KeyRing, { nowMs }: RingStep): KeyRing {
  const previous = ring.previous.filter((key) => nowMs < key.removeAfterMs);
  return previous.length === ring.previous.length ? ring : { ...ring, previous };
}

/** Where tokens live longer than when the key was made, it must be remembered: they may live shorter again when it ends. */
function withTokenLife(ring: KeyRing, { policy: { tokenLifeMs } }: RingStep): KeyRing {
  if (ring.current.tokenLifeMs >= tokenLifeMs) return ring;
  return { ...ring, current: { ...ring.current, tokenLifeMs } };
}

function activate(ring: KeyRing, step: RingStep): KeyRing {
  const { next } = ring;
  if (!next || step.nowMs < next.activeFromMs || isReplaceable(next, step)) return ring;
  return withTokenLife(promote(ring, step), step);
}

function prepare(ring: KeyRing, step: RingStep): KeyRing {
  if (!step.spare || !wantsKey(ring, step)) return ring;
  return publishNext({ current: ring.current, previous: ring.previous }, step);
}

/** A next key of another algorithm than the policy's, or one that would sign in years only. It has signed nothing yet. */
function isReplaceable(next: RingKey, { nowMs, policy }: RingStep): boolean {
  if (next.createdAtMs > nowMs + aheadMs) return true;
  if (next.algorithm === policy.algorithm) return false;
  return nowMs >= Math.min(next.createdAtMs + foreignNextStaysMs, next.activeFromMs);
}

function ringKey(key: KeyPair, { nowMs, policy }: RingStep, activeFromMs: number): RingKey {
  return { ...key, createdAtMs: nowMs, activeFromMs, tokenLifeMs: policy.tokenLifeMs };
}

function previousKey(key: RingKey, nowMs: number): PreviousKey {
  const { kid, algorithm, publicJwk, createdAtMs, activeFromMs, tokenLifeMs } = key;
  const removeAfterMs = nowMs + tokenLifeMs + removalMarginMs;
  return { kid, algorithm, publicJwk, createdAtMs, activeFromMs, retiredAtMs: nowMs, removeAfterMs };
}
