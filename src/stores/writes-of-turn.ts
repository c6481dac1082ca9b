/** What a stream must have for that; those of `node:stream` do. */
export interface CorkedStream {
  cork(): void;
  uncork(): void;
}

/** Sends what is written to a stream within one turn of the event loop in one piece: each piece by itself costs a call of the system. */
export class WritesOfTurn {
  private gathered: CorkedStream | undefined;

  /** To be called before each write. */
  gather(stream: CorkedStream | undefined): void {
    if (!stream || stream === this.gathered) return;
    stream.cork();
    this.gathered = stream;
    setImmediate(() => {
      if (this.gathered === stream) this.gathered = undefined;
      stream.uncork();
    });
  }
}
