import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { ClusterOptions, RedisOptions } from 'ioredis';
import { systemErrorCode } from '../common/system-error';
import type { RedisAddresses, RedisHost } from '../config/redis-addresses';
import type { StoreSettings } from '../config/store-settings';

/** The settings of a Redis that is in use. */
export interface RedisSettings extends StoreSettings {
  readonly REDIS_URL: RedisAddresses;
}

const redisPort = 6379;
const sentinelPort = 26379;
const longestRetryDelayMs = 500;
/** How long a server may take to close its side, before the connection is destroyed. ioredis waits that long even for a closed one. */
const farewellMs = 200;
/** A server that has sent nothing for so many command timeouts is left, in the hope that another one is the primary by now. */
const silentTimeouts = 2;
/** A Sentinel has nothing to say for months; by this the system finds out that its machine has gone. */
const keepAliveMs = 30_000;

/** Whether there is a Redis at all. */
export function usesRedis(settings: StoreSettings): settings is RedisSettings {
  return settings.REDIS_URL !== undefined;
}

/**
 * What a connection to one server, or to the primary that Sentinels name, is opened with. No command is ever kept for later or
 * sent again: one whose answer is lost may have happened, and some of ours must not happen twice.
 * @throws Error that names the setting of a file that cannot be read.
 */
export function redisOptions(settings: RedisSettings): RedisOptions {
  const addresses = settings.REDIS_URL;
  const [first] = withPorts(addresses.hosts, redisPort);
  const base = { ...connectionOptions(settings), db: addresses.database, enableOfflineQueue: false };
  return settings.REDIS_MODE === 'sentinel'
    ? { ...base, ...sentinelOptions(settings) }
    : { ...base, ...first };
}

/**
 * What of the options changes with files: user, passwords and certificates, as they are now. ioredis looks at its options whenever it
 * connects.
 * @throws Error that names the setting of a file that cannot be used.
 */
export function presentCredentials(settings: RedisSettings): RedisOptions {
  const { username, password, tls } = settings.REDIS_URL;
  const files = tls ? tlsOptions(settings) : undefined;
  const isSentinel = settings.REDIS_MODE === 'sentinel';
  return {
    username,
    password,
    ...(files && { tls: files }),
    ...(isSentinel && { sentinelPassword: settings.REDIS_SENTINEL_PASSWORD }),
    ...(isSentinel && files && { sentinelTLS: files }),
  };
}

/** The same of the connections of `sentinelWatchOptions`. @throws Error that names the setting of a file that cannot be used */
export function presentWatchCredentials(settings: RedisSettings): RedisOptions {
  const { tls } = settings.REDIS_URL;
  return { password: settings.REDIS_SENTINEL_PASSWORD, ...(tls && { tls: tlsOptions(settings) }) };
}

/** The nodes of a Cluster that are asked for all others. */
export function clusterNodes({ REDIS_URL: { hosts } }: RedisSettings): { host: string; port: number }[] {
  return withPorts(hosts, redisPort);
}

/**
 * What a Cluster is opened with. ioredis would send a command again when its node went away (retryDelayOnFailover), even where the
 * node had already done it. A redirection is no such case: who answers MOVED has done nothing.
 */
export function clusterOptions(settings: RedisSettings): ClusterOptions {
  // Here ioredis has a retryStrategy of its own for a node: none. The next redirection opens a new connection.
  const { retryStrategy: _, ...connection } = connectionOptions(settings);
  return {
    enableOfflineQueue: false,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    slotsRefreshTimeout: settings.REDIS_COMMAND_TIMEOUT_MS,
    clusterRetryStrategy: retryDelayMs,
    redisOptions: connection,
    // ioredis would look names up before TLS, and certificates name hosts, not addresses.
    ...(settings.REDIS_URL.tls && { dnsLookup: keepName }),
  };
}

function keepName(name: string, done: (error: null, address: string) => void): void {
  done(null, name);
}

function connectionOptions(settings: RedisSettings): RedisOptions {
  const { username, password, tls } = settings.REDIS_URL;
  const timeoutMs = settings.REDIS_COMMAND_TIMEOUT_MS;
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: tlsOptions(settings) }),
    connectTimeout: settings.REDIS_CONNECT_TIMEOUT_MS,
    commandTimeout: timeoutMs,
    socketTimeout: silentTimeouts * timeoutMs,
    disconnectTimeout: farewellMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: retryDelayMs,
    // A primary that became a replica keeps its connections; only by a new one do we find the new primary.
    reconnectOnError: (error: Error) => error.message.includes('READONLY'),
    // Understood by every server and proxy; the third version of the protocol has nothing that we use.
    protocol: 2,
    disableClientInfo: true,
  };
}

function sentinelOptions(settings: RedisSettings): RedisOptions {
  const { REDIS_URL: addresses, REDIS_SENTINEL_PASSWORD: password } = settings;
  const tls = addresses.tls ? tlsOptions(settings) : undefined;
  return {
    sentinels: withPorts(addresses.hosts, sentinelPort),
    name: settings.REDIS_SENTINEL_MASTER,
    ...(password !== undefined && { sentinelPassword: password }),
    ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: tls }),
    sentinelCommandTimeout: settings.REDIS_COMMAND_TIMEOUT_MS,
    sentinelRetryStrategy: retryDelayMs,
  };
}

/**
 * What the connections are opened with on which each Sentinel says that another server has taken over. They wait for good: a Sentinel
 * that is away for a while is asked again.
 */
export function sentinelWatchOptions(settings: RedisSettings): RedisOptions[] {
  const { REDIS_URL: addresses, REDIS_SENTINEL_PASSWORD: password } = settings;
  return withPorts(addresses.hosts, sentinelPort).map(({ host, port }) => ({
    host,
    port,
    ...(password !== undefined && { password }),
    ...(addresses.tls && { tls: tlsOptions(settings) }),
    connectTimeout: settings.REDIS_CONNECT_TIMEOUT_MS,
    disconnectTimeout: farewellMs,
    keepAlive: keepAliveMs,
    maxRetriesPerRequest: null,
    retryStrategy: retryDelayMs,
    enableReadyCheck: false,
    // The watch subscribes by itself whenever a connection is there: it wants to know who refuses.
    autoResubscribe: false,
    protocol: 2,
    disableClientInfo: true,
  }));
}

function retryDelayMs(attempt: number): number {
  return Math.min(50 * attempt, longestRetryDelayMs);
}

function withPorts(hosts: readonly RedisHost[], usualPort: number): { host: string; port: number }[] {
  return hosts.map(({ host, port }) => ({ host, port: port ?? usualPort }));
}

function tlsOptions(settings: RedisSettings): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  const ca = fileOf(settings, 'REDIS_TLS_CA_FILE');
  const cert = fileOf(settings, 'REDIS_TLS_CERT_FILE');
  const key = fileOf(settings, 'REDIS_TLS_KEY_FILE');
  const files = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  try {
    createSecureContext(files);
  } catch (error) {
    throw new Error('the TLS files (REDIS_TLS_*_FILE) cannot be used', { cause: error });
  }
  return files;
}

type FileSetting = 'REDIS_TLS_CA_FILE' | 'REDIS_TLS_CERT_FILE' | 'REDIS_TLS_KEY_FILE';

function fileOf(settings: RedisSettings, name: FileSetting): Buffer | undefined {
  const path = settings[name];
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`${name} cannot be read (${systemErrorCode(error) ?? 'unreadable'})`, { cause: error });
  }
}
