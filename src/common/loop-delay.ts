import type { Server } from 'node:http';

const probeEveryMs = 250;
/** One long step, such as a garbage collection, is no overload. */
const probesInARow = 5;

/** Tells how late this process is with everything it does: the least lateness of the last few probes, in milliseconds. */
export class LoopDelay {
  private readonly latenessMs: number[] = [];
  private expectedAtMs: number;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.expectedAtMs = now() + probeEveryMs;
  }

  /** Probes until the server closes. */
  watch(server: Server): void {
    const timer = setInterval(() => this.probe(), probeEveryMs);
    timer.unref();
    server.once('close', () => clearInterval(timer));
  }

  /** One probe, at the time at which it really happens. */
  probe(): void {
    const nowMs = this.now();
    this.latenessMs.push(Math.max(0, nowMs - this.expectedAtMs));
    if (this.latenessMs.length > probesInARow) this.latenessMs.shift();
    this.expectedAtMs = nowMs + probeEveryMs;
  }

  get lateMs(): number {
    return this.latenessMs.length < probesInARow ? 0 : Math.min(...this.latenessMs);
  }
}
