import { pino } from 'pino';
import { type Clock, SystemClock } from '../../src/common/clock';
import { loadSettings } from '../../src/config/load-settings';
import { usesRedis } from '../../src/stores/redis-options';
import { RedisStore } from '../../src/stores/redis.store';
import { type Store, StoreUnavailable } from '../../src/stores/store';
import { eventually } from './ldap-logins';

type Variables = Readonly<Record<string, string | undefined>>;

const opened: RedisStore[] = [];
afterAll(() => Promise.all(opened.splice(0).map((store) => store.close())));

/** A store as these variables configure it, closed at the end of the file. Its log lines go to `logLines`. */
export function redisStore(
  env: Variables,
  logLines: string[] = [],
  clock: Clock = new SystemClock(),
): RedisStore {
  const { settings } = loadSettings(env);
  if (!usesRedis(settings)) throw new Error('REDIS_URL is missing');
  const logger = pino({ level: 'trace' }, { write: (line: string) => logLines.push(line) });
  const store = new RedisStore({ settings, clock, logger });
  opened.push(store);
  return store;
}

/** The same, once it is connected. */
export async function connectedRedisStore(
  env: Variables,
  logLines: string[] = [],
  clock?: Clock,
): Promise<RedisStore> {
  const store = redisStore(env, logLines, clock);
  // One for reading, and one more for what waits for replicas.
  const connections = Number(env['REDIS_WAIT_REPLICAS'] ?? 0) > 0 ? 2 : 1;
  await eventually(
    () => logLines.filter((line) => line.includes('is connected')).length >= connections,
    15_000,
  );
  // Such keys lie in many slots, so that every node of a Cluster is asked.
  const probes = Array.from({ length: 50 }, (_, n) => `probe ${n}`);
  await Promise.all(probes.map((key) => untilAnswering(store, 15_000, key)));
  return store;
}

/** Waits until the store answers for this key. @throws Error when it does not. */
export async function untilAnswering(store: Store, withinMs: number, key = 'any'): Promise<void> {
  await eventually(() => answers(store, key), withinMs);
}

async function answers(store: Store, key: string): Promise<boolean> {
  const outcome = await outcomeOf(store.read(key));
  return !(outcome instanceof Error);
}

/** What the verb gave, or its error if that is StoreUnavailable. @throws any other error. */
export async function outcomeOf<T>(verb: Promise<T>): Promise<T | StoreUnavailable> {
  try {
    return await verb;
  } catch (error) {
    if (error instanceof StoreUnavailable) return error;
    throw error;
  }
}

/** Of verbs that run at once; no failure is left alone while another one is awaited. */
export function outcomesOf(verbs: readonly Promise<unknown>[]): Promise<unknown>[] {
  return verbs.map((verb) => outcomeOf(verb));
}
