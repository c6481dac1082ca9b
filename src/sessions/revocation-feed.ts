import type { Clock } from '../common/clock';
import { longestAccessTokenSeconds } from '../config/key-settings';
import type { Settings } from '../config/settings';
import type { Store } from '../stores/store';
import { RevocationBuckets } from './revocation-buckets';
import {
  leewayMs,
  minuteOf,
  overlapMs,
  type Revocation,
  type RevocationEntry,
  type WrittenRevocation,
} from './revocation-records';
import { RevocationWriter } from './revocation-writer';

/** Where a reader goes on. */
export interface RevocationCursor {
  /** In seconds since the Unix epoch; what was written since, and a while before, is still to come. */
  readonly sinceSeconds: number;
  /** Only between two pages: what was written until this millisecond has been given since `sinceSeconds`. */
  readonly givenUntilMs?: number;
}

/** A part of the feed, in the order of writing. */
export interface RevocationPage {
  readonly entries: readonly RevocationEntry[];
  readonly next: RevocationCursor;
  /** True when the next page has more that is already there. */
  readonly more: boolean;
}

type FeedSettings = Pick<Settings, 'ACCESS_TOKEN_TTL_SECONDS' | 'REVOCATION_FEED'>;

/** Entries of one page, and a few more that were written in the same millisecond as the last one. */
const pageLength = 10_000;
const bucketsAtOnce = 16;
const freshSeconds = 1;
/** Tokens may have lived longer when an entry was written than they do now. */
const longestLifeMs = longestAccessTokenSeconds * 1000 + leewayMs;
const everything: RevocationCursor = { sinceSeconds: 0 };

/**
 * What has ended before its time, for those who verify access tokens by themselves. An entry stays until every access token that it
 * concerns has expired. Readers get each entry at least once: a cursor goes back by half a minute, for clocks that differ.
 */
export class RevocationFeed {
  private readonly writer: RevocationWriter;
  private readonly buckets: RevocationBuckets;
  private readonly isOn: boolean;

  constructor(
    store: Store,
    private readonly clock: Clock,
    { ACCESS_TOKEN_TTL_SECONDS: ttlSeconds, REVOCATION_FEED: access }: FeedSettings,
  ) {
    this.isOn = access !== 'off';
    this.writer = new RevocationWriter(store, clock, ttlSeconds * 1000);
    this.buckets = new RevocationBuckets(store, clock);
  }

  /**
   * Durable when it resolves; writes nothing where REVOCATION_FEED is off. Comes before the session ends: a feed that says too
   * much refuses tokens for a while, one that says too little lets them in.
   * @throws StoreUnavailable
   */
  async append(revocations: readonly Revocation[]): Promise<void> {
    if (!this.isOn) return;
    const fromMs = this.clock.nowMs();
    await this.writer.append(revocations);
    for (let minute = minuteOf(fromMs); minute <= minuteOf(this.clock.nowMs()); minute++)
      this.buckets.expire(minute);
  }

  /** What is there since the cursor; everything without one. Never the same order twice, never a gap. @throws StoreUnavailable */
  async since(cursor: RevocationCursor = everything): Promise<RevocationPage> {
    const nowMs = this.clock.nowMs();
    const { found, isWhole } = await this.read(givenUntil(cursor, nowMs), nowMs);
    const lastMs = found[pageLength - 1]?.atMs ?? Infinity;
    const page = found.filter(({ atMs }) => atMs <= lastMs);
    const more = !isWhole || page.length < found.length;
    const readAtSeconds = Math.floor(nowMs / 1000) - freshSeconds;
    const entries = page.map(({ entry }) => entry);
    return { entries, more, next: nextOf({ cursor, page, more, readAtSeconds }) };
  }

  /** Stops reading when a page is full. */
  private async read(
    afterMs: number,
    nowMs: number,
  ): Promise<{ found: readonly WrittenRevocation[]; isWhole: boolean }> {
    const oldest = minuteOf(nowMs - longestLifeMs - overlapMs);
    const last = minuteOf(nowMs + overlapMs);
    this.buckets.forget(oldest);
    const found: WrittenRevocation[] = [];
    for (let first = Math.max(minuteOf(afterMs), oldest); first <= last; first += bucketsAtOnce) {
      if (found.length >= pageLength) return { found, isWhole: false };
      const minutes = Array.from({ length: Math.min(bucketsAtOnce, last - first + 1) }, (_, n) => first + n);
      for (const written of await Promise.all(minutes.map((minute) => this.buckets.of(minute)))) {
        for (const one of written) if (one.atMs > afterMs && one.entry.exp * 1000 > nowMs) found.push(one);
      }
    }
    return { found, isWhole: true };
  }
}

/** A reader whose clock is ahead of ours gets what is new all the same. */
function givenUntil({ sinceSeconds, givenUntilMs }: RevocationCursor, nowMs: number): number {
  return givenUntilMs ?? Math.min(sinceSeconds * 1000, nowMs) - overlapMs - 1;
}

interface Reading {
  readonly cursor: RevocationCursor;
  readonly page: readonly WrittenRevocation[];
  readonly more: boolean;
  /** What was durable then has been seen, but for the differences between clocks. */
  readonly readAtSeconds: number;
}

/** Never later than the reading. While nothing happens it moves once a minute only, so that polls get the same answer. */
function nextOf({ cursor, page, more, readAtSeconds }: Reading): RevocationCursor {
  const lastMs = page.at(-1)?.atMs ?? 0;
  const isPaging = cursor.givenUntilMs !== undefined;
  const startedAtSeconds = isPaging ? cursor.sinceSeconds : readAtSeconds;
  if (more) return { sinceSeconds: startedAtSeconds, givenUntilMs: lastMs };
  if (isPaging) return { sinceSeconds: startedAtSeconds };
  const lastSeconds = Math.min(Math.floor(lastMs / 1000), readAtSeconds);
  return { sinceSeconds: Math.max(lastSeconds, readAtSeconds - (readAtSeconds % 60)) };
}

const cursorForm = /^(\d{1,10})(?:\.(\d{1,13}))?$/;

/** As readers send it back. */
export function encodeRevocationCursor({ sinceSeconds, givenUntilMs }: RevocationCursor): string {
  return givenUntilMs === undefined ? `${sinceSeconds}` : `${sinceSeconds}.${givenUntilMs}`;
}

/** Takes seconds since the Unix epoch too. Undefined for any other text. */
export function decodeRevocationCursor(text: string): RevocationCursor | undefined {
  const [, seconds, untilMs] = cursorForm.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  const sinceSeconds = Number(seconds);
  return untilMs === undefined ? { sinceSeconds } : { sinceSeconds, givenUntilMs: Number(untilMs) };
}
