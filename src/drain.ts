import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Departure } from './common/departure';

const lookEveryMs = 100;
/** How long a new connection may say nothing before the end of the server takes it for one that was opened ahead of need. */
const unusedAfterMs = 500;
/** As many connections as Node lets wait in the kernel. */
const longestBacklog = 511;

/** When each open connection came, in milliseconds of `performance.now`. */
type Connections = ReadonlyMap<Socket, number>;

const connectionsOf = new WeakMap<Server, Connections>();

/**
 * Lets the end of the server wait for requests and for nothing else: from the beginning of the departure on every answer closes its
 * connection, and connections on which no request runs end with the server. To be called before it listens.
 */
export function drainAtEnd(fastify: FastifyInstance, departure: Departure): void {
  const { server } = fastify;
  connectionsOf.set(server, watched(server));
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (departure.isUnderWay) void reply.header('Connection', 'close');
    done();
  });
  fastify.addHook('preClose', (done) => {
    departure.begin();
    endQuietConnections(server);
    done();
  });
}

/** Takes no new connections any more, and lets requests that run end. Resolves when the last connection is gone. */
export async function stopListening(server: Server): Promise<void> {
  await takeBacklog(server);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  endQuietConnections(server);
  return closed;
}

/** Ends every connection, whatever runs on it. Gives how many there were. */
export function cutConnections(server: Server): number {
  const open = [...(connectionsOf.get(server)?.keys() ?? [])];
  for (const socket of open) socket.destroy();
  return open.length;
}

function watched(server: Server): Connections {
  const connections = new Map<Socket, number>();
  server.on('connection', (socket: Socket) => {
    connections.set(socket, performance.now());
    socket.once('close', () => connections.delete(socket));
  });
  return connections;
}

/** The kernel has taken connections for us that it would reset; Node takes over one of them in each turn of the event loop. */
async function takeBacklog(server: Server): Promise<void> {
  let taken = 0;
  const count = (): void => void taken++;
  server.on('connection', count);
  for (let turn = 0, before = -1; turn < longestBacklog && taken > before; turn++) {
    before = taken;
    await setImmediate();
    await setImmediate();
  }
  server.off('connection', count);
}

/**
 * Again and again, since an answer that was begun before the departure leaves its connection open behind it. Node takes connections that
 * were never used for busy ones, but browsers and load balancers open them ahead of need.
 */
function endQuietConnections(server: Server): void {
  const look = (): void => {
    server.closeIdleConnections();
    const nowMs = performance.now();
    for (const [socket, sinceMs] of connectionsOf.get(server) ?? [])
      if (socket.bytesRead === 0 && nowMs - sinceMs > unusedAfterMs) socket.destroy();
  };
  look();
  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  server.once('close', () => clearInterval(timer));
}
