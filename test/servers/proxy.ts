import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { answersOn, ServerProcess } from './process';

/** Where a proxy of a test listens, and what stands behind it, all on 127.0.0.1. */
export interface ProxyPorts {
  readonly own: number;
  readonly gateway: number;
  readonly application: number;
}

export interface RunningProxy {
  stop(): Promise<void>;
}

interface ProxySample {
  /** Below `deploy/`. */
  readonly folder: string;
  /** What a file of the sample has to be changed in, so that it runs here. */
  readonly adapt: (text: string, folder: string) => string;
  /** Files that only the test needs. */
  readonly files?: (folder: string) => Readonly<Record<string, string>>;
  readonly command: string;
  readonly args: (folder: string) => readonly string[];
}

/** Runs a proxy with the files of its sample, in which only addresses and paths are others. */
export async function startProxy(port: number, sample: ProxySample): Promise<RunningProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-proxy-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  cpSync(resolve(__dirname, '../../deploy', sample.folder), folder, { recursive: true });
  for (const file of filesOf(folder)) writeFileSync(file, sample.adapt(readFileSync(file, 'utf8'), folder));
  for (const [name, text] of Object.entries(sample.files?.(folder) ?? {}))
    writeFileSync(join(folder, name), text);
  try {
    const server = await ServerProcess.start({
      command: sample.command,
      args: sample.args(folder),
      logFile: join(folder, 'proxy.log'),
      isReady: () => answersOn(port),
    });
    return { stop: () => server.stop().then(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(folder, name));
}
