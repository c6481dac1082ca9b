import { createHash } from 'node:crypto';

/** A Lua script that runs alone in the server, on one key, so that a Cluster can run it too. */
export interface RedisScript {
  readonly name: string;
  readonly lua: string;
  /** By which a server that has seen the script runs it without being sent its text. */
  readonly sha1: string;
}

/**
 * A record is a hash: `v` its version, `e` its expiresAtMs, `d` its value. Versions are compared as texts. ARGV[1] is the
 * caller's time, and the time to live of the key is reckoned from it: the clock of the server has no say in what is live.
 */
const storeRecord = `
redis.call('HSET', KEYS[1], 'v', ARGV[2], 'e', ARGV[3], 'd', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`;

/** ARGV: nowMs, version, expiresAtMs, ttlMs, value. Gives 1 when the key was free. */
export const createScript = script(
  'create',
  `local e = redis.call('HGET', KEYS[1], 'e')
if e and tonumber(e) > tonumber(ARGV[1]) then return 0 end${storeRecord}`,
);

/** ARGV: nowMs, version, expiresAtMs, ttlMs, value, the version to replace. Gives 1 when it was there, and live. */
export const replaceScript = script(
  'replace',
  `local r = redis.call('HMGET', KEYS[1], 'v', 'e')
if r[1] ~= ARGV[6] or tonumber(r[2]) <= tonumber(ARGV[1]) then return 0 end${storeRecord}`,
);

/** ARGV: nowMs. Gives 1 when there was a live record. */
export const deleteScript = script(
  'delete',
  `local e = redis.call('HGET', KEYS[1], 'e')
if not e then return 0 end
redis.call('DEL', KEYS[1])
if tonumber(e) > tonumber(ARGV[1]) then return 1 end
return 0`,
);

/**
 * A counter is a hash: `c` the hits, `e` the end of its window. ARGV: nowMs, windowMs, slackMs. Gives both, the end as a text. After
 * the clock was set back, a window does not last longer than a window lasts.
 */
export const incrementScript = script(
  'increment',
  `local r = redis.call('HMGET', KEYS[1], 'c', 'e')
local now, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local count, ends = 1, now + window
if r[2] and tonumber(r[2]) > now then
  count = tonumber(r[1]) + 1
  ends = math.min(ends, tonumber(r[2]))
end
local text = string.format('%.0f', ends)
redis.call('HSET', KEYS[1], 'c', count, 'e', text)
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ends - now + tonumber(ARGV[3])))
return {count, text}`,
);

function script(name: string, lua: string): RedisScript {
  return { name, lua, sha1: createHash('sha1').update(lua).digest('hex') };
}
