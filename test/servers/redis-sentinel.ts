import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, installedProgram, onFreePorts, run, ServerProcess } from './process';
import { RedisServer } from './redis';

const readyTimeoutMs = 30_000;

/** A primary, its replicas and three Sentinels that know them as `mymaster` and take a primary for dead after a second. */
export class RedisSentinels {
  private constructor(
    /** The one that is the primary at the start. */
    readonly primary: RedisServer,
    private readonly replicas: readonly RedisServer[],
    private readonly sentinels: readonly ServerProcess[],
    private readonly ports: readonly number[],
    private readonly folder: string,
  ) {}

  static async start(replicaCount = 1): Promise<RedisSentinels> {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-sentinel-'));
    const primary = await RedisServer.start();
    const config = [`replicaof 127.0.0.1 ${primary.port}`];
    const replicas = await Promise.all(
      Array.from({ length: replicaCount }, () => RedisServer.start({ config })),
    );
    const start = () => onFreePorts(() => startSentinel(folder, primary.port));
    const started = await Promise.all([start(), start(), start()]);
    const [sentinels, ports] = [started.map(({ process }) => process), started.map(({ port }) => port)];
    const whole = new RedisSentinels(primary, replicas, sentinels, ports, folder);
    await whole.untilReady();
    return whole;
  }

  get url(): string {
    return this.ports.map((port) => `redis://127.0.0.1:${port}`).join(',');
  }

  /** The one that the first Sentinel names as the primary at this moment. */
  async current(): Promise<RedisServer> {
    const port = /\nport\n(\d+)\n/.exec(await stateOf(this.ports[0] ?? 0))?.[1];
    const found = [this.primary, ...this.replicas].find((server) => server.port === Number(port));
    if (!found) throw new Error(`No server of ours has the port ${port}`);
    return found;
  }

  async remove(): Promise<void> {
    await Promise.all(this.sentinels.map((sentinel) => sentinel.kill()));
    await Promise.all([this.primary.remove(), ...this.replicas.map((replica) => replica.remove())]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Every Sentinel knows the others and the replica, and the replica follows. Only then is a fail-over possible. */
  private async untilReady(): Promise<void> {
    const deadline = performance.now() + readyTimeoutMs;
    while (!(await this.isReady())) {
      if (performance.now() > deadline)
        throw new Error(`The Sentinels are not ready:\n${this.primary.log()}`);
      await sleep(50);
    }
  }

  private async isReady(): Promise<boolean> {
    const links = await Promise.all(this.replicas.map((replica) => replica.cli('info', 'replication')));
    if (!links.every((link) => link.includes('master_link_status:up'))) return false;
    const states = await Promise.all(this.ports.map((port) => stateOf(port)));
    const whole = new RegExp(`num-slaves\\n${links.length}\\n[^]*num-other-sentinels\\n2\\n`);
    return states.every((state) => whole.test(state));
  }
}

function stateOf(port: number): Promise<string> {
  return run(installedProgram('/usr/bin/redis-cli'), ['-p', String(port), 'sentinel', 'master', 'mymaster']);
}

async function startSentinel(
  folder: string,
  primaryPort: number,
): Promise<{ readonly process: ServerProcess; readonly port: number }> {
  const port = await freePort();
  const config = join(folder, `${port}.conf`);
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${folder}`,
    `sentinel monitor mymaster 127.0.0.1 ${primaryPort} 2`,
    'sentinel down-after-milliseconds mymaster 1000',
    'sentinel failover-timeout mymaster 5000',
    '',
  ];
  writeFileSync(config, lines.join('\n'));
  const process = await ServerProcess.start({
    command: installedProgram('/usr/bin/redis-sentinel'),
    args: [config, '--sentinel'],
    logFile: join(folder, `${port}.log`),
    isReady: async (log) =>
      log.includes('Sentinel ID is') && (await stateOf(port).catch(() => '')).includes('num-slaves'),
  });
  return { process, port };
}
