import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RedisConnection, RedisServer } from './redis-connection';
import { type KeyBatch, StoreUnavailable } from './store';

/** Where a walk over the servers' keys goes on. */
interface Place {
  /** Stands for the primaries that there were when the walk began. */
  readonly topology: string;
  readonly serverIndex: number;
  /** The life of the server that gave the cursor; another life of it orders its keys in another way. */
  readonly runId: string;
  readonly cursor: string;
}

export interface WalkStep {
  /** What the keys in Redis begin with; it is cut off from what is given. */
  readonly keySpace: string;
  readonly prefix: string;
  readonly after: string | undefined;
  readonly limit: number;
}

/**
 * One step of SCAN over one of the primaries. Its promise, that what is there all the time is given at least once, holds for
 * one life of one server. So a walk that meets another server than it left begins anew, which gives keys twice and loses none.
 */
export async function walk(connection: RedisConnection, step: WalkStep): Promise<KeyBatch> {
  const servers = connection.servers();
  const topology = topologyOf(servers);
  const place = placeOf(step.after, topology);
  const server = servers[place?.serverIndex ?? 0];
  if (!server) throw new StoreUnavailable('no node of the Cluster is known yet');
  const { runId, cursor, keys } = await scanOnce(connection, server.client, { ...step, place });
  const next = nextPlace(servers.length, {
    topology,
    serverIndex: place?.serverIndex ?? 0,
    runId,
    cursor,
  });
  return next ? { keys, next: formatPlace(next) } : { keys };
}

/** @throws RangeError for a text that `walk` has not given. */
export function checkPlace(after: string | undefined): void {
  if (after !== undefined && !placeForm.test(after)) {
    throw new RangeError('A walk goes on only with the `next` of its part before');
  }
}

async function scanOnce(
  connection: RedisConnection,
  client: Redis,
  { keySpace, prefix, limit, place }: WalkStep & { readonly place: Place | undefined },
): Promise<{ runId: string; cursor: string; keys: string[] }> {
  const pattern = `${escapeGlob(keySpace + prefix)}*`;
  const scan = (cursor: string) => client.scan(cursor, 'MATCH', pattern, 'COUNT', limit);
  return connection.ask(async () => {
    // Sent together, so they are answered by the same life of the server; a lost connection fails both.
    const [info, found] = await Promise.all([client.info('server'), scan(place?.cursor ?? '0')]);
    const runId = /^run_id:(\w+)/m.exec(info)?.[1] ?? '';
    const isSameLife = place === undefined || place.cursor === '0' || place.runId === runId;
    const [cursor, keys] = isSameLife ? found : await scan('0');
    return { runId, cursor, keys: keys.map((key) => key.slice(keySpace.length)) };
  });
}

function nextPlace(serverCount: number, reached: Place): Place | undefined {
  if (reached.cursor !== '0') return reached;
  const serverIndex = reached.serverIndex + 1;
  return serverIndex < serverCount ? { ...reached, serverIndex } : undefined;
}

/** Undefined at the start, and where the primaries have changed: one that was not visited yet may stand elsewhere now. */
function placeOf(after: string | undefined, topology: string): Place | undefined {
  const [given = '', index = '', runId = '', cursor = ''] = after?.split('.') ?? [];
  return given === topology ? { topology, serverIndex: Number(index), runId, cursor } : undefined;
}

const placeForm = /^\w+\.\d{1,5}\.\w*\.\d{1,20}$/;

function formatPlace({ topology, serverIndex, runId, cursor }: Place): string {
  return [topology, serverIndex, runId, cursor].join('.');
}

function topologyOf(servers: readonly RedisServer[]): string {
  const addresses = servers.map(({ address }) => address).join();
  return createHash('sha256').update(addresses).digest('hex').slice(0, 16);
}

function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\^]/g, '\\$&');
}
