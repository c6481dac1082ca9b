import { join } from 'node:path';
import { startBalancer } from '../servers/haproxy';
import { freePort, onFreePorts } from '../servers/process';
import type { RunningProxy } from '../servers/proxy';
import { RedisSentinels } from '../servers/redis-sentinel';
import { auditLinesIn } from './audit-lines';
import type { JsonObject } from './client';
import { temporaryFolder } from './gateway';
import { GatewayProcess } from './storm';

type Variables = Readonly<Record<string, string>>;

/** One of the gateways, wherever its process has got to. */
export class Replica {
  private constructor(
    readonly port: number,
    /** As it was started, for commands of the command line too. */
    readonly env: Variables,
    private process: GatewayProcess,
  ) {}

  /** With a folder of its own, as on a machine of its own. */
  static start(env: Variables): Promise<Replica> {
    const folder = temporaryFolder();
    const own = { DATA_DIR: join(folder, 'data'), AUDIT_LOG: join(folder, 'audit.log') };
    return onFreePorts(async () => {
      const port = await freePort();
      const all = { ...env, ...own, HOST: '127.0.0.1', PORT: String(port) };
      return new Replica(port, all, await GatewayProcess.start(all));
    });
  }

  get url(): string {
    return this.process.url;
  }

  async startAgain(): Promise<void> {
    this.process = await GatewayProcess.start(this.env);
  }

  kill(): Promise<void> {
    return this.process.kill();
  }

  /** As GatewayProcess.stop. */
  stop(): Promise<number | null> {
    return this.process.stop();
  }

  pause(): void {
    this.process.pause();
  }

  resume(): void {
    this.process.resume();
  }

  auditLines(): readonly JsonObject[] {
    return auditLinesIn(this.env['AUDIT_LOG'] ?? '');
  }
}

type Three = readonly [Replica, Replica, Replica];

/**
 * Three gateways with production settings that have nothing in common but a Redis: a primary, two replicas and three Sentinels. HAProxy
 * stands in front of them.
 */
export class Replicas {
  private constructor(
    /** Of HAProxy. */
    readonly url: string,
    readonly gateways: Three,
    readonly redis: RedisSentinels,
    private readonly proxy: RunningProxy,
  ) {}

  static async start(env: Variables): Promise<Replicas> {
    const redis = await RedisSentinels.start(2);
    try {
      const all = { ...productionSettings(redis), ...env };
      const start = () => Replica.start(all);
      const gateways: Three = await Promise.all([start(), start(), start()]);
      const ports = gateways.map(({ port }) => port);
      return await onFreePorts(async () => {
        const port = await freePort();
        const proxy = await startBalancer(port, ports);
        return new Replicas(`http://127.0.0.1:${port}`, gateways, redis, proxy);
      });
    } catch (error) {
      await redis.remove();
      throw error;
    }
  }

  async remove(): Promise<void> {
    await Promise.all([this.proxy.stop(), ...this.gateways.map((gateway) => gateway.kill())]);
    await this.redis.remove();
  }
}

function productionSettings(redis: RedisSentinels): Variables {
  return {
    NODE_ENV: 'production',
    JWT_ISSUER: 'https://id.example.org',
    JWT_AUDIENCE: 'app',
    KEY_ENCRYPTION_KEY: 'q7Rk2vN9sXw4tYc1zRf8hLj3pDg6aUe0',
    TRUSTED_PROXIES: '127.0.0.1',
    REDIS_MODE: 'sentinel',
    REDIS_URL: redis.url,
    REDIS_WAIT_REPLICAS: '1',
    REDIS_COMMAND_TIMEOUT_MS: '1000',
    SESSIONS_MAX_PER_PERSON: '1000',
  };
}
