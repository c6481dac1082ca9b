import type { ModuleMetadata } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SystemClock } from './common/clock';
import { createLogger, type Logger, standardOutput } from './common/logger';
import { loadSettingsFromProcess } from './config/environment';
import {
  ConfigurationError,
  type Environment,
  type LoadedSettings,
  loadSettings,
} from './config/load-settings';
import { createGateway as buildGateway } from './gateway';
import type { CredentialStrategy } from './strategies/credential-strategy';
import { ownStrategyNames } from './strategies/own/own-strategies';

// What an application may import from `gatehouse`, and all of it: docs/embed.md says what is promised of it.
export { CurrentBearer } from './auth/access-token.guard';
export type { Bearer } from './auth/access-check';
export { ReadsBody } from './common/body-forms';
export type { ErrorCode } from './common/error-codes';
export { GatehouseError } from './common/gatehouse-error';
export { Logger } from './common/logger';
export { Public } from './common/public.decorator';
export { RateLimit } from './common/rate-limit.decorator';
export { Context, type RequestContext } from './common/request-context';
export { ConfigurationError } from './config/load-settings';
export {
  type ChangesPassword,
  type Closable,
  type Credentials,
  CredentialStrategy,
  type KnowsNames,
  type LoginContext,
  type OwnName,
  type PasswordChange,
  type PasswordState,
  type RefusalReason,
  type RereadsIdentity,
  StrategyUnavailable,
  type Verdict,
} from './strategies/credential-strategy';
export type { Identity } from './strategies/identity';
export type { FindsAccounts } from './strategies/own/finds-accounts';
export type { PeerHealth, ReportsHealth } from './strategies/source-health';

/** What an application brings that embeds the gateway. */
export interface GatewayOptions {
  /** The application's own credential sources. They are asked in this order, or in that of STRATEGIES where it is set. */
  readonly strategies: readonly CredentialStrategy[];
  /** The application's modules. Their routes stand behind the same guards and limits as ours: closed unless they are `@Public()`. */
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
  /** The settings by their names in docs/configuration.md, instead of the process environment and `.env`. */
  readonly environment?: Environment;
  /** Gets every line of the log; without it they go to standard output as JSON, from LOG_LEVEL on. */
  readonly logger?: Logger;
}

/**
 * Builds a gateway with credential sources and modules of one's own, initialised and ready to `listen`. HOST and PORT are left to whoever calls
 * `listen`, and so are signals; `close` lets go of everything, strategies that can `close` included.
 * @throws ConfigurationError when the settings cannot be used
 * @throws Error when two strategies have the same name, or one has a name that is not free
 */
export async function createGateway(options: GatewayOptions): Promise<NestFastifyApplication> {
  const { strategies, imports = [] } = options;
  const names = ownStrategyNames(strategies);
  const { settings, warnings } = load(options.environment, names);
  const logger = options.logger ?? createLogger(settings.LOG_LEVEL);
  const idle = names.filter((name) => !settings.STRATEGIES.includes(name));
  for (const name of idle) logger.warn({}, `STRATEGIES does not name ${name}, so this strategy is not asked`);
  for (const warning of warnings) logger.warn({}, warning);
  const foundations = { settings, logger, clock: new SystemClock(), auditOutput: standardOutput() };
  return buildGateway({ ...foundations, strategies, imports });
}

function load(environment: Environment | undefined, names: readonly string[]): LoadedSettings {
  const loaded = environment ? loadSettings(environment, names) : loadSettingsFromProcess(names);
  if (loaded.settings.WORKERS === 1) return loaded;
  throw new ConfigurationError([
    'WORKERS must be 1 where an application embeds the gateway; several processes share a store by REDIS_URL',
  ]);
}
