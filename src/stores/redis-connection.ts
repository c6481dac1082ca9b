import { Cluster, Redis } from 'ioredis';
import type { Logger } from '../common/logger';
import { describeRedisAddresses } from '../config/redis-addresses';
import type { NewPrimary } from './failover-watch';
import { answerCode, describeRedisFailure, redisUnavailable } from './redis-failures';
import {
  clusterNodes,
  clusterOptions,
  presentCredentials,
  redisOptions,
  type RedisSettings,
} from './redis-options';
import type { RedisScript } from './redis-scripts';
import { StoreUnavailable } from './store';
import { WritesOfTurn } from './writes-of-turn';

type Arguments = readonly (string | number)[];

const mostReasons = 5;

/** A server that holds keys, to be asked for what only it has. */
export interface RedisServer {
  /** Where it listens. A primary that takes over from another one has another address. */
  readonly address: string;
  readonly client: Redis;
}

/**
 * The connection to Redis: one server, a primary behind Sentinels, or a Cluster. It is opened in the background and again and
 * again; while there is none, every call fails at once. No call takes longer than REDIS_COMMAND_TIMEOUT_MS. Every failure is
 * StoreUnavailable, without a word of what was sent.
 */
export class RedisConnection {
  private readonly client: Redis | Cluster;
  private readonly turn = new WritesOfTurn();
  private closing: Promise<void> | undefined;
  /** What the log has been told of the outage that is on. */
  private readonly reported = new Set<string>();
  /** The primary that a Sentinel has named since the last attempt to connect began. */
  private heard: NewPrimary | undefined;

  /** @throws Error when a TLS file cannot be read. An unreachable server is no error. */
  constructor(
    private readonly settings: RedisSettings,
    private readonly logger: Logger,
  ) {
    this.client =
      settings.REDIS_MODE === 'cluster' ? openCluster(settings) : new Redis(redisOptions(settings));
    // An `error` event that nobody listens to would end the process.
    this.client.on('error', (error: unknown) => this.reportDown(error));
    this.client.on('close', () => {
      // Each attempt that failed ends with this as well; it is news only when nothing is known yet.
      if (this.reported.size === 0) this.reportDown(new Error('the connection was closed'));
    });
    this.client.on('connecting', () => (this.heard = undefined));
    this.client.on('connect', () => this.leaveOldPrimary());
    this.client.on('ready', () => this.reportReady());
    // Before every further attempt.
    for (const event of ['close', '-node']) this.client.on(event, () => this.takeCredentials());
  }

  /** Runs a script that changes its key; with REDIS_WAIT_REPLICAS, resolves only when the replicas have the change. */
  change(script: RedisScript, key: string, args: Arguments): Promise<unknown> {
    const replicas = this.settings.REDIS_WAIT_REPLICAS;
    return this.ask(() =>
      this.withText(script, (command, text) =>
        replicas === 0
          ? this.client.call(command, text, 1, key, ...args)
          : this.replicated([command, text, 1, key, ...args]),
      ),
    );
  }

  /** Runs a script whose change may be lost with the server. */
  count(script: RedisScript, key: string, args: Arguments): Promise<unknown> {
    return this.ask(() =>
      this.withText(script, (command, text) => this.client.call(command, text, 1, key, ...args)),
    );
  }

  /** The fields of a hash, null for each that is not there. */
  fields(key: string, ...names: string[]): Promise<(string | null)[]> {
    return this.ask(() => this.client.hmget(key, ...names));
  }

  /**
   * The primaries, in the order of their addresses; one unless this is a Cluster.
   * @throws StoreUnavailable when one of the Cluster's is not connected; a walk without it would lose its keys.
   */
  servers(): readonly RedisServer[] {
    const client = this.client;
    if (client instanceof Redis) return [{ address: '', client }];
    const connected = new Map(client.nodes('master').map((node) => [addressOf(node), node]));
    const addresses = [...new Set([...new Set(client.slots)].map((nodes) => nodes?.[0] ?? ''))].sort();
    return addresses.map((address) => {
      const node = connected.get(address);
      if (node) return { address, client: node };
      client.refreshSlotsCache();
      throw new StoreUnavailable('a node of the Cluster is not connected');
    });
  }

  /** Does something with the server, within the deadline and with our errors. */
  ask<T>(action: () => Promise<T>): Promise<T> {
    if (this.closing) return Promise.reject(new StoreUnavailable('closed'));
    if (this.client instanceof Redis) this.turn.gather(this.client.stream);
    return this.withDeadline(action);
  }

  /**
   * Leaves its server, unless that is the new primary, and asks the Sentinels anew. What runs at this moment fails. One that is only
   * being opened is looked at once it is: the Sentinels may have been asked too early.
   */
  follow(primary: NewPrimary): void {
    this.heard = primary;
    if (['connect', 'ready'].includes(this.client.status)) this.leaveOldPrimary();
  }

  private leaveOldPrimary(): void {
    if (this.closing || !this.heard || !(this.client instanceof Redis)) return;
    const { stream } = this.client;
    if (stream.remoteAddress === this.heard.host && stream.remotePort === this.heard.port) return;
    // Not `disconnect`: until the other side has closed too, it would still take answers.
    stream.destroy();
  }

  /** Lets running commands end, then closes. May be called again. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    try {
      await this.withDeadline(() => this.client.quit());
    } catch {
      // Down already, or too slow to say good-bye.
    }
    this.client.disconnect();
  }

  /** By its digest, and by its text where the server does not know it yet: it was started since, or has taken over. */
  private async withText(
    script: RedisScript,
    run: (command: string, text: string) => Promise<unknown>,
  ): Promise<unknown> {
    try {
      return await run('evalsha', script.sha1);
    } catch (error) {
      if (answerCode(error) !== 'NOSCRIPT') throw error;
      return run('eval', script.lua);
    }
  }

  /**
   * WAIT speaks of what its own connection has written. So it goes out behind the change in one piece: after a lost connection
   * it would count the replicas of nothing.
   */
  private async replicated(command: (string | number)[]): Promise<unknown> {
    const { REDIS_WAIT_REPLICAS: replicas, REDIS_COMMAND_TIMEOUT_MS: timeoutMs } = this.settings;
    // A pipeline would wait for its Cluster, and run long after its caller was told that it failed.
    if (this.client.status !== 'ready') throw new StoreUnavailable('not connected');
    const wait = ['wait', replicas, Math.floor(timeoutMs / 2)];
    const results = await this.client
      .pipeline([
        ['call', ...command],
        ['call', ...wait],
      ])
      .exec();
    const [[changeError, answer] = [], [waitError, acknowledged] = []] = results ?? [];
    if (changeError) throw this.notMoved(changeError);
    if (waitError) throw waitError;
    if (Number(acknowledged) >= replicas) return answer;
    throw new StoreUnavailable(`${Number(acknowledged)} of ${replicas} replicas have the change`);
  }

  /** ioredis follows no redirection of a part of a pipeline; the next call finds the slots where they are now. */
  private notMoved(error: Error): Error {
    const isMoved = ['MOVED', 'ASK'].includes(answerCode(error) ?? '');
    if (isMoved && this.client instanceof Cluster) this.client.refreshSlotsCache();
    return error;
  }

  private withDeadline<T>(action: () => Promise<T>): Promise<T> {
    const timeoutMs = this.settings.REDIS_COMMAND_TIMEOUT_MS;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new StoreUnavailable(`no answer from Redis within ${timeoutMs} ms`)),
        timeoutMs,
      );
      const fail = (error: unknown): void => {
        clearTimeout(timer);
        reject(redisUnavailable(error));
      };
      try {
        action().then((answer) => (clearTimeout(timer), resolve(answer)), fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** A password that was exchanged counts for connections from then on; those that are open stay what they are. */
  private takeCredentials(): void {
    try {
      const present = presentCredentials(this.settings);
      if (this.client instanceof Redis) Object.assign(this.client.options, present);
      else Object.assign(this.client.options.redisOptions ?? {}, present);
    } catch (error) {
      this.reportDown(error);
    }
  }

  /** Each reason once in an outage, and a few of them at most: the attempts to connect again would fill the log. */
  private reportDown(error: unknown): void {
    const reason = describeRedisFailure(error);
    const known = reason.replace(/\d+ms/, '');
    if (this.closing || this.reported.has(known) || this.reported.size >= mostReasons) return;
    this.reported.add(known);
    this.logger.warn(
      { store: describeRedisAddresses(this.settings.REDIS_URL), error: reason },
      'Redis cannot be reached; what needs it is answered 503 until it is back',
    );
  }

  private reportReady(): void {
    this.reported.clear();
    const { REDIS_URL: addresses, REDIS_MODE: mode } = this.settings;
    this.logger.info({ store: describeRedisAddresses(addresses), mode }, 'Redis is connected');
  }
}

/** ioredis connects a node when the first command for it comes, and refuses all that come until it is connected. */
function openCluster(settings: RedisSettings): Cluster {
  const cluster = new Cluster(clusterNodes(settings), clusterOptions(settings));
  cluster.on('+node', (node: Redis) => {
    // Its failures are those of the commands that need it.
    if (node.status === 'wait') node.connect().catch(() => undefined);
  });
  return cluster;
}

function addressOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}
