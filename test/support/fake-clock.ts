import { Clock } from '../../src/common/clock';

/** A clock that moves only when a test says so. Starts on a fixed day, so that a failing test can be read again. */
export class FakeClock extends Clock {
  constructor(private currentMs = Date.UTC(2026, 0, 1)) {
    super();
  }

  nowMs(): number {
    return this.currentMs;
  }

  advance(ms: number): void {
    this.currentMs += ms;
  }

  /** Sets the time, backwards too. */
  set(ms: number): void {
    this.currentMs = ms;
  }
}
