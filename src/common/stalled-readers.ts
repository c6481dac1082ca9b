import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const lookEveryMs = 1000;

/**
 * Ends connections whose client does not take its answers: something has been waiting to be sent, without a break, for longer than
 * `maxStallMs`. Node bounds how long a client may take to send and not how long it may take to read.
 */
export function endStalledReaders(server: Server, maxStallMs: number): void {
  const waitingSinceMs = new Map<Socket, number | undefined>();
  server.on('connection', (socket: Socket) => {
    waitingSinceMs.set(socket, undefined);
    socket.once('close', () => waitingSinceMs.delete(socket));
  });
  const timer = setInterval(() => {
    const nowMs = performance.now();
    for (const [socket, sinceMs] of waitingSinceMs) {
      if (socket.writableLength === 0) waitingSinceMs.set(socket, undefined);
      else if (sinceMs === undefined) waitingSinceMs.set(socket, nowMs);
      else if (nowMs - sinceMs > maxStallMs) socket.destroy();
    }
  }, lookEveryMs);
  timer.unref();
  server.once('close', () => clearInterval(timer));
}
