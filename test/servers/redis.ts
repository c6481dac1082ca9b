import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestCertificates, testCertificates } from './certificates';
import { freePort, installedProgram, onFreePorts, run, ServerProcess } from './process';

export interface RedisServerOptions {
  /** More lines of redis.conf. */
  readonly config?: readonly string[];
  /** With one more port for TLS, on which a certificate of the client is asked for. */
  readonly tls?: boolean;
}

/** A Redis on a free port of 127.0.0.1, with its data in a folder of its own, for the life of a test. */
export class RedisServer {
  private process: ServerProcess | undefined;
  private tlsPort: number | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly options: RedisServerOptions,
  ) {}

  static start(options: RedisServerOptions = {}): Promise<RedisServer> {
    return onFreePorts(() => RedisServer.startOnFreePorts(options));
  }

  private static async startOnFreePorts(options: RedisServerOptions): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-redis-'));
    const server = new RedisServer(await freePort(), folder, options);
    if (options.tls) server.tlsPort = await freePort();
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'redis.conf'), server.config(await testCertificates()));
    try {
      await server.startAgain();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get tlsUrl(): string {
    return `rediss://localhost:${this.tlsPort}`;
  }

  /** Starts it after a stop or a kill, with the same data and port. */
  async startAgain(): Promise<void> {
    this.process = await ServerProcess.start({
      command: installedProgram('/usr/bin/redis-server'),
      args: [join(this.folder, 'redis.conf')],
      logFile: join(this.folder, 'redis.log'),
      isReady: async (log) =>
        log.includes('Ready to accept connections') &&
        (await this.cli('ping').catch(() => '')).startsWith('PONG'),
    });
  }

  /** Runs a command with redis-cli. */
  cli(...words: string[]): Promise<string> {
    return run(installedProgram('/usr/bin/redis-cli'), ['-p', String(this.port), ...words]);
  }

  pause(): void {
    this.process?.pause();
  }

  resume(): void {
    this.process?.resume();
  }

  async kill(): Promise<void> {
    await this.process?.kill();
  }

  /** Ends it for good and deletes its data. */
  async remove(): Promise<void> {
    await this.process?.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  log(): string {
    return this.process?.log() ?? '';
  }

  private config(certificates: TestCertificates): string {
    const tls = [
      `tls-port ${this.tlsPort}`,
      `tls-cert-file ${certificates.certFile}`,
      `tls-key-file ${certificates.keyFile}`,
      `tls-ca-cert-file ${certificates.caFile}`,
    ];
    return [
      'bind 127.0.0.1',
      `port ${this.port}`,
      `dir ${join(this.folder, 'data')}`,
      'save ""',
      'repl-diskless-sync-delay 0',
      ...(this.options.tls ? tls : []),
      ...(this.options.config ?? []),
      '',
    ].join('\n');
  }
}
