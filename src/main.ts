import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createGateway } from './gateway';
import { SystemClock } from './common/clock';
import { createLogger } from './common/logger';
import { describeError, systemErrorCode } from './common/system-error';
import { loadSettingsFromProcess } from './config/environment';
import { ConfigurationError } from './config/load-settings';
import type { Settings } from './config/settings';
import { DemoUsers } from './strategies/file/demo-users';
import { welcome } from './welcome';

/** EX_CONFIG of sysexits.h: a supervisor need not try again. */
const configurationFault = 78;

async function main(): Promise<void> {
  const { settings, warnings } = loadSettingsFromProcess();
  const logger = createLogger(settings.LOG_LEVEL);
  for (const warning of warnings) logger.warn({}, warning);
  const app = await createGateway({
    settings,
    logger,
    auditLogger: createLogger('info'),
    clock: new SystemClock(),
  });
  // Before the ready line: whoever waits for it may end the process at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(signal));
  await listen(app, settings);
  process.stdout.write(
    welcome(await app.getUrl(), settings.STRATEGIES, app.get<DemoUsers | null>(DemoUsers, { strict: false })),
  );

  async function stop(signal: string): Promise<void> {
    logger.info({ signal }, 'stopping');
    const bound = setTimeout(() => process.exit(1), settings.SHUTDOWN_TIMEOUT_MS);
    await app.close();
    clearTimeout(bound);
    // A name look-up that nobody waits for any more would keep the process alive until it gives up.
    process.exit(0);
  }
}

async function listen(app: NestFastifyApplication, settings: Settings): Promise<void> {
  const host = hostOf(settings);
  try {
    await app.listen(settings.PORT, host);
  } catch (error) {
    const code = systemErrorCode(error) ?? 'failed';
    const reason = listenFaults[code] ?? describeError(error);
    throw new Error(`Cannot listen on ${host} port ${settings.PORT}: ${reason} (${code})`, { cause: error });
  }
}

const listenFaults: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something listens there already; choose another PORT',
  EACCES: 'this user may not use that PORT',
  EADDRNOTAVAIL: 'HOST is no address of this machine',
  ENOTFOUND: 'HOST is unknown',
};

function hostOf(settings: Settings): string {
  return settings.HOST ?? (settings.NODE_ENV === 'production' ? '0.0.0.0' : '127.0.0.1');
}

main().catch((error: unknown) => {
  process.stderr.write(`${describeError(error)}\n`);
  process.exit(error instanceof ConfigurationError ? configurationFault : 1);
});
