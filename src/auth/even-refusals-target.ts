/** The fifth slowest: a few stalls of a source do not slow down everybody's refusals. */
const lowestRank = 5;
/** Until there are so many tries that a twentieth of them is a whole one, the rank follows the number of tries. */
const shareAbove = 0.05;
const periodMs = 15 * 60 * 1000;
const keptOfPeriodBefore = 0.8;

/**
 * Learns how long wrong passwords take that a source has really tried: nearly as long as the slowest of them, over the last hours. It goes
 * by rank from the top and by time alone, so that no number of quick tries brings it down: where a source binds for unknown names
 * too, a stranger can make as many of those as they like. Memory is five numbers.
 */
export class RefusalTarget {
  /** Durations of this period in milliseconds, the slowest first. */
  private slowest: readonly number[] = [];
  private tries = 0;
  private periodEndsAtMs = -Infinity;
  private carriedMs = 0;

  /**
   * @param durationMs how long the whole login took until its refusal was known
   * @param nowMs of any clock that only goes forward, the same one for every call
   */
  learn(durationMs: number, nowMs: number): void {
    this.turnPeriod(nowMs);
    this.tries += 1;
    this.slowest = [...this.slowest, durationMs].sort((a, b) => b - a).slice(0, lowestRank);
  }

  /** Milliseconds; 0 before anything was learnt. */
  learntMs(nowMs: number): number {
    this.turnPeriod(nowMs);
    return Math.max(this.carriedMs, this.ofThisPeriod());
  }

  /** A period without a try teaches nothing, so it takes nothing away either. */
  private turnPeriod(nowMs: number): void {
    if (nowMs < this.periodEndsAtMs) return;
    if (this.tries > 0) {
      this.carriedMs = Math.max(this.ofThisPeriod(), this.carriedMs * keptOfPeriodBefore);
    }
    this.slowest = [];
    this.tries = 0;
    this.periodEndsAtMs = nowMs + periodMs;
  }

  /** The second slowest at least, so that one stall alone counts for nothing; the only one where there is one. */
  private ofThisPeriod(): number {
    const rank = Math.min(lowestRank, Math.max(2, Math.ceil(this.tries * shareAbove)));
    return this.slowest[rank - 1] ?? this.slowest[0] ?? 0;
  }
}
