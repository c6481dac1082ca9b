import { letYoungGenerationGrow } from './young-generation';
import { signals } from './signals';
import cluster from 'node:cluster';
import { createRequire } from 'node:module';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SystemClock } from './common/clock';
import { Departure } from './common/departure';
import { createLogger, type Logger, standardOutput } from './common/logger';
import { describeError, systemErrorCode } from './common/system-error';
import { loadSettingsFromProcess } from './config/environment';
import { ConfigurationError } from './config/load-settings';
import type { Settings } from './config/settings';
import { MetricsServer } from './ops/metrics/metrics-server';
import { longestShutdownMs, shutDown } from './shutdown';
import { startFaults, withAllFaults } from './start-faults';
import { isOurWorker } from './stores/shared-counters';
import { DemoUsers } from './strategies/file/demo-users';
import { welcome } from './welcome';
import { PrimaryProcess, startFault, workerCount } from './workers';

/** A process that only leads workers serves nothing, so it loads nothing of what serves. */
const load: (file: './gateway') => typeof import('./gateway') = createRequire(__filename);

/** EX_CONFIG of sysexits.h: a supervisor need not try again. */
const configurationFault = 78;
const leadTimeMs = 1000;

async function main(): Promise<void> {
  const { settings, warnings } = loadSettingsFromProcess([], startFaults);
  const logger = createLogger(settings.LOG_LEVEL);
  // The primary process has said it already.
  if (!isOurWorker()) for (const warning of warnings) logger.warn({}, warning);
  if (cluster.isPrimary && workerCount(settings) > 1) return lead(settings, logger);
  return serve(settings, logger);
}

/** Serves requests: as the only process, or as a worker among others. */
async function serve(settings: Settings, logger: Logger): Promise<void> {
  const departure = new Departure();
  const { createGateway, readFilesAgain } = load('./gateway');
  const parts = { settings, logger, departure, auditOutput: standardOutput(), clock: new SystemClock() };
  const app = await createGateway(parts).catch((error: unknown) => {
    throw withAllFaults(error, settings);
  });
  // Asked to end while it started, it never listens, and nobody has to be told first.
  const willListen = signals.stopped() === undefined;
  const { SHUTDOWN_DELAY_MS, SHUTDOWN_TIMEOUT_MS } = settings;
  const patience = { SHUTDOWN_DELAY_MS: willListen ? SHUTDOWN_DELAY_MS : 0, SHUTDOWN_TIMEOUT_MS };
  // Before the ready line: whoever waits for it may end the process at once.
  void signals.stop.then(async (signal) => {
    logger.info({ signal }, 'stopping');
    // A name look-up that nobody waits for any more would keep the process alive until it gives up.
    process.exit(await shutDown({ app, settings: patience, logger, departure }));
  });
  if (!willListen) return;
  await listen(app, settings);
  signals.onHangUp(() => readFilesAgain(app));
  letYoungGenerationGrow();
  if (isOurWorker()) return;
  const demo = app.get<DemoUsers | null>(DemoUsers, { strict: false });
  process.stdout.write(welcome(await app.getUrl(), settings, demo));
}

/** Leads the workers and serves nothing itself. */
async function lead(settings: Settings, logger: Logger): Promise<void> {
  const address = (port: number) => `http://${hostOf(settings)}:${port}`;
  const primary = new PrimaryProcess({
    settings,
    logger,
    clock: new SystemClock(),
    onReady: (port) => process.stdout.write(welcome(address(port), settings, null)),
  });
  void signals.stop.then((signal) => {
    logger.info({ signal }, 'stopping');
    const timeoutMs = longestShutdownMs(settings) + leadTimeMs;
    setTimeout(() => (primary.kill(), process.exit(1)), timeoutMs).unref();
    primary.stop();
  });
  if (settings.METRICS_PORT !== undefined) {
    await new MetricsServer({ settings, logger, scrapes: primary.scrapes }).listen();
  }
  // Each worker reads files for itself.
  signals.onHangUp(() => primary.reload());
  process.exit(await primary.run());
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
  const text = describeError(error);
  const exit = () => process.exit(error instanceof ConfigurationError ? configurationFault : 1);
  // Every worker meets the same fault; the primary process says it once.
  if (isOurWorker() && process.send) return void process.send(startFault(text), undefined, undefined, exit);
  process.stderr.write(`${text}\n`);
  exit();
});
