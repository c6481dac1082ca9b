import { eventually } from './ldap-logins';
import { SourcePrograms, type Variables } from './source-program';

export interface GatewayProcess {
  readonly url: string;
  stop(): Promise<void>;
}

const programs = new SourcePrograms();

/** Starts the whole gateway from its sources as a process of its own: its work then takes no time of the test's. */
export async function startGatewayProcess(env: Variables): Promise<GatewayProcess> {
  const { child, output, ended } = programs.start(['main.ts'], { PORT: '0', LOG_LEVEL: 'error', ...env });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  const url = () => /ready on (http:\S+) /.exec(output.stdout)?.[1];
  try {
    await eventually(() => url() !== undefined || child.exitCode !== null, 60_000);
    const found = url();
    if (found === undefined) throw new Error(`the gateway did not start:\n${output.stderr}`);
    return { url: found, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
