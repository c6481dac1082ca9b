/** What has ended before its time, as a resource server must learn it: one session, or the older sessions of a person. */
export type Revocation =
  | { readonly sid: string }
  | {
      readonly sub: string;
      /** In seconds since the Unix epoch; sessions that were opened before have ended. */
      readonly not_before: number;
      /** A session of the person that goes on although it is older. */
      readonly spared_sid?: string;
    };

/** A revocation that stands in the feed. `exp`, in seconds since the Unix epoch: every token that it concerns has ended by then. */
export type RevocationEntry = Revocation & { readonly exp: number };

/** An entry with the time of its writing, in milliseconds since the Unix epoch on the writer's clock. */
export interface WrittenRevocation {
  readonly atMs: number;
  readonly entry: RevocationEntry;
}

/** Replicas whose clocks differ, and writes that take a while, may be that far out of order together. */
export const overlapMs = 30_000;
/** So much longer than an access token an entry stays: a refresh that runs at the same time may still issue one. */
export const leewayMs = 60_000;
/** A writer keeps to one of them, so that few writers change the same record. */
export const shards = 4;
/** A part that has grown so long is never changed again; the next one follows. */
const fullPartBytes = 32 * 1024;
const bucketMs = 60_000;

/** Where a part of the feed is kept: a minute, a shard of it, and the number of the part, from 0. */
export interface PartPosition {
  readonly minute: number;
  readonly shard: number;
  readonly part: number;
}

export function keyOfPart({ minute, shard, part }: PartPosition): string {
  return `revocations:${minute}:${shard}:${part}`;
}

export function minuteOf(timeMs: number): number {
  return Math.floor(timeMs / bucketMs);
}

/** True when nobody writes into this minute any more, by a clock that says `nowMs`. */
export function isOver(minute: number, nowMs: number): boolean {
  return nowMs > (minute + 1) * bucketMs + overlapMs;
}

export function isFull(text: string): boolean {
  return Buffer.byteLength(text) >= fullPartBytes;
}

/** One line for each entry, so that a part grows without being parsed. */
export function encodeRevocations(written: readonly WrittenRevocation[]): string {
  return written.map((one) => `${JSON.stringify(one)}\n`).join('');
}

/** Skips lines of another release's form. */
export function decodeRevocations(text: string): WrittenRevocation[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line): unknown => JSON.parse(line)).filter(isWritten);
}

function isWritten(value: unknown): value is WrittenRevocation {
  if (typeof value !== 'object' || value === null) return false;
  if (!('atMs' in value) || typeof value.atMs !== 'number') return false;
  return 'entry' in value && isEntry(value.entry);
}

function isEntry(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (!('exp' in value) || typeof value.exp !== 'number') return false;
  if ('sid' in value) return typeof value.sid === 'string';
  if (!('sub' in value) || typeof value.sub !== 'string') return false;
  return 'not_before' in value && typeof value.not_before === 'number';
}

/**
 * The sessions are named as well: `not_before` has whole seconds, and a session that is opened later in the same second must live.
 */
export function allRevoked(
  sub: string,
  ended: readonly { readonly id: string }[],
  { nowMs, spared }: { nowMs: number; spared: string | undefined },
): Revocation[] {
  const mark = {
    sub,
    not_before: Math.floor(nowMs / 1000),
    ...(spared !== undefined && { spared_sid: spared }),
  };
  return [mark, ...ended.map(({ id }) => ({ sid: id }))];
}
