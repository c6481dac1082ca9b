import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answersOn, freePort, installedProgram, onFreePorts, ServerProcess } from './process';

export interface TlsSlapdOptions {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  /** Further lines of its configuration, such as `TLSVerifyClient demand`. */
  readonly lines?: readonly string[];
}

/** An OpenLDAP server without any entries, for its TLS: it answers for its root DSE and nothing else. */
export class TlsSlapd {
  private constructor(
    readonly port: number,
    readonly tlsPort: number,
    private readonly folder: string,
    private readonly server: ServerProcess,
  ) {}

  static start(options: TlsSlapdOptions): Promise<TlsSlapd> {
    return onFreePorts(() => TlsSlapd.startOnFreePorts(options));
  }

  private static async startOnFreePorts({
    certFile,
    keyFile,
    caFile,
    lines = [],
  }: TlsSlapdOptions): Promise<TlsSlapd> {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-slapd-'));
    const configFile = join(folder, 'slapd.conf');
    const tls = [`TLSCACertificateFile ${caFile}`, `TLSCertificateFile ${certFile}`];
    const config = [`pidfile ${folder}/slapd.pid`, ...tls, `TLSCertificateKeyFile ${keyFile}`, ...lines];
    writeFileSync(configFile, `${config.join('\n')}\n`);
    const [port, tlsPort] = [await freePort(), await freePort()];
    const server = await ServerProcess.start({
      command: installedProgram('/usr/sbin/slapd'),
      args: ['-f', configFile, '-d', 'stats', '-h', `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${tlsPort}`],
      logFile: join(folder, 'slapd.log'),
      isReady: async (log) => log.includes('slapd starting') && (await answersOn(port)),
    });
    return new TlsSlapd(port, tlsPort, folder, server);
  }

  get log(): string {
    return this.server.log();
  }

  pause(): void {
    this.server.pause();
  }

  resume(): void {
    this.server.resume();
  }

  /** Ends it and deletes its data. */
  async remove(): Promise<void> {
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
