import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessTokenGuard } from './auth/access-token.guard';
import { AuthModule } from './auth/auth.module';
import { RequestSessionGuard } from './auth/request-session.guard';
import type { AuditOutput } from './common/audit-trail';
import type { Clock } from './common/clock';
import { CommonModule } from './common/common.module';
import type { Departure } from './common/departure';
import type { Logger } from './common/logger';
import { dialectModules } from './compat/dialect-modules';
import { isRelay } from './config/check-external';
import { hasPages } from './config/check-pages';
import { ConfigModule } from './config/config.module';
import type { Settings } from './config/settings';
import { ForwardAuthModule } from './forward-auth/forward-auth.module';
import { OidcModule } from './oidc/oidc.module';
import { HealthModule } from './ops/health.module';
import { OpsModule } from './ops/ops.module';
import type { Telemetry } from './ops/telemetry';
import { SessionsModule } from './sessions/sessions.module';
import { StoresModule } from './stores/stores.module';
import { type OwnStrategies, OwnStrategiesModule } from './strategies/own/own-strategies';
import { StrategiesModule } from './strategies/strategies.module';
import { ThrottleModule } from './throttle/throttle.module';
import { RequestThrottlerGuard } from './throttle/throttler.guard';
import { TokensModule } from './tokens/tokens.module';
import { ClientFilesModule } from './web/client-files/client-files.module';
import { WebModule } from './web/web.module';

/** What the whole house stands on. Tests bring a clock and a logger of their own. */
export interface Foundations {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the audit trail goes with AUDIT_LOG=stdout, whatever LOG_LEVEL says. */
  readonly auditOutput: AuditOutput;
  /** Whoever ends the process with more care than `close` brings one. */
  readonly departure?: Departure;
  /** What an application brings that embeds the gateway: credential sources, and modules with routes behind the same guards. */
  readonly strategies?: OwnStrategies;
  readonly imports?: NonNullable<ModuleMetadata['imports']>;
}

/** The map: every module, in the order in which a request meets it. */
@Module({
  imports: [
    ThrottleModule,
    AuthModule,
    ForwardAuthModule,
    StrategiesModule,
    SessionsModule,
    TokensModule,
    StoresModule,
    HealthModule,
    ClientFilesModule,
  ],
  // The order is the story: whose request is this, does it come too often, may it pass.
  providers: [
    { provide: APP_GUARD, useExisting: RequestSessionGuard },
    { provide: APP_GUARD, useExisting: RequestThrottlerGuard },
    { provide: APP_GUARD, useExisting: AccessTokenGuard },
  ],
})
export class AppModule {
  static on(foundations: Foundations, telemetry: Telemetry): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(foundations.settings),
        CommonModule.with({ ...foundations, logger: telemetry.logger, instruments: telemetry.instruments }),
        OpsModule.with(telemetry),
        OwnStrategiesModule.with(foundations.strategies ?? []),
        ...dialectModules(foundations.settings),
        ...(hasPages(foundations.settings) ? [WebModule] : []),
        // In relay mode the source issues the tokens, so nobody could be told anything true about them here.
        ...(isRelay(foundations.settings) ? [] : [OidcModule]),
        ...(foundations.imports ?? []),
      ],
    };
  }
}
