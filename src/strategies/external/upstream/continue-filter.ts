import type { Socket } from 'node:net';

const statusLine = Buffer.from('HTTP/1.1 100');
const endOfHead = '\r\n\r\n';
const longestHeadBytes = 16 * 1024;

/**
 * Takes every `100 Continue` out of what a socket reads before an answer. A client must take one that it did not ask for
 * (RFC 9110 section 15.2), but undici breaks off the connection.
 */
export class ContinueFilter {
  /** Undefined once the answer itself has begun. */
  private held: Buffer | undefined;

  constructor(socket: Socket) {
    const read = socket.read.bind(socket);
    // undici reads in no other way, and never a certain size.
    socket.read = () => this.filtered(read());
  }

  /** What comes next is the beginning of an answer. */
  expectAnswer(): void {
    this.held = Buffer.alloc(0);
  }

  /** Null stands for nothing to read yet, as with a socket. */
  private filtered(bytes: unknown): Buffer | null {
    if (!Buffer.isBuffer(bytes)) return null;
    if (!this.held) return bytes;
    return this.withoutContinue(Buffer.concat([this.held, bytes]));
  }

  private withoutContinue(start: Buffer): Buffer | null {
    let left = start;
    while (left.subarray(0, statusLine.length).equals(statusLine)) {
      const end = left.indexOf(endOfHead);
      if (end === -1) return left.length > longestHeadBytes ? this.giveOn(left) : this.hold(left);
      left = left.subarray(end + endOfHead.length);
    }
    return statusLine.subarray(0, left.length).equals(left) ? this.hold(left) : this.giveOn(left);
  }

  private hold(start: Buffer): null {
    this.held = start;
    return null;
  }

  private giveOn(answer: Buffer): Buffer {
    this.held = undefined;
    return answer;
  }
}
