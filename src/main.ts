import { createGateway } from './gateway';
import { SystemClock } from './common/clock';
import { createLogger } from './common/logger';
import { describeError } from './common/system-error';
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
  const app = await createGateway({ settings, logger, clock: new SystemClock() });
  await app.listen(settings.PORT, hostOf(settings));
  process.stdout.write(welcome(await app.getUrl(), app.get<DemoUsers | null>(DemoUsers, { strict: false })));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(signal));

  async function stop(signal: string): Promise<void> {
    logger.info({ signal }, 'stopping');
    const bound = setTimeout(() => process.exit(1), settings.SHUTDOWN_TIMEOUT_MS);
    await app.close();
    clearTimeout(bound);
    process.exitCode = 0;
  }
}

function hostOf(settings: Settings): string {
  return settings.HOST ?? (settings.NODE_ENV === 'production' ? '0.0.0.0' : '127.0.0.1');
}

main().catch((error: unknown) => {
  process.stderr.write(`${describeError(error)}\n`);
  process.exit(error instanceof ConfigurationError ? configurationFault : 1);
});
