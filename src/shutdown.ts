import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Departure } from './common/departure';
import type { Logger } from './common/logger';
import { describeError } from './common/system-error';
import type { Settings } from './config/settings';
import { cutConnections, stopListening } from './drain';

/** How long rooms may take to let go of their connections, files and store when no request runs any more. */
const closingMs = 5000;

export interface Shutdown {
  readonly app: NestFastifyApplication;
  readonly settings: Pick<Settings, 'SHUTDOWN_DELAY_MS' | 'SHUTDOWN_TIMEOUT_MS'>;
  readonly logger: Logger;
  readonly departure: Departure;
}

/** The longest time that `shutDown` can take, in milliseconds. */
export function longestShutdownMs({ SHUTDOWN_DELAY_MS, SHUTDOWN_TIMEOUT_MS }: Shutdown['settings']): number {
  return SHUTDOWN_DELAY_MS + SHUTDOWN_TIMEOUT_MS + closingMs;
}

/**
 * Ends a gateway that listens: says first that it is leaving, and serves on for SHUTDOWN_DELAY_MS; then takes nothing new, and lets what
 * runs end within SHUTDOWN_TIMEOUT_MS; then closes everything. What takes longer is cut off.
 * @returns the exit status of the process: 1 where something could not be closed
 */
export async function shutDown({ app, settings, logger, departure }: Shutdown): Promise<number> {
  departure.begin();
  if (settings.SHUTDOWN_DELAY_MS > 0) await sleep(settings.SHUTDOWN_DELAY_MS);
  const server = app.getHttpServer();
  const cut = setTimeout(() => {
    const connections = cutConnections(server);
    logger.warn({ connections }, 'requests took longer than SHUTDOWN_TIMEOUT_MS and are cut off');
  }, settings.SHUTDOWN_TIMEOUT_MS);
  await stopListening(server);
  clearTimeout(cut);
  return close(app, logger);
}

async function close(app: NestFastifyApplication, logger: Logger): Promise<number> {
  try {
    const late = sleep(closingMs, 'late' as const, { ref: false });
    if ((await Promise.race([app.close(), late])) !== 'late') return 0;
    logger.error({ closingMs }, 'the process ends although something is still open');
  } catch (error) {
    logger.error({ detail: describeError(error) }, 'something could not be closed');
  }
  return 1;
}
