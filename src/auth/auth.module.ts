import { Module } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ClientsModule } from '../clients/clients.module';
import { Instruments } from '../common/instruments';
import { Settings } from '../config/settings';
import { SessionsModule } from '../sessions/sessions.module';
import { StrategiesModule } from '../strategies/strategies.module';
import { TokenRelay } from '../strategies/token-relay';
import { AccountTriesModule } from '../throttle/throttle.module';
import { TokensModule } from '../tokens/tokens.module';
import { AccessCheck } from './access-check';
import { AccessTokenGuard } from './access-token.guard';
import { AccountCheck } from './account-check';
import { AuthController } from './auth.controller';
import { AuthService } from './auth.service';
import { BrowserSessions } from './browser-sessions';
import { CountedAuthService } from './counted-auth.service';
import { EntryService } from './entry.service';
import { EvenRefusals } from './even-refusals';
import { IdentityRenewal } from './identity-renewal';
import { IdentitySweep } from './identity-sweep';
import { IdentitySweepTimer } from './identity-sweep-timer';
import { LoginCheck } from './login-check';
import { LoginPlaces } from './login-places';
import { OwnAccessCheck } from './own-access-check';
import { OwnTokenAuthService } from './own-token-auth.service';
import { PasswordCheck } from './password-check';
import { PasswordRules } from './password-rules';
import { PasswordController } from './password.controller';
import { PasswordService } from './password.service';
import { RelayAccessCheck } from './relay/relay-access-check';
import { RelayAuthService } from './relay/relay-auth.service';
import { RequestSessionGuard } from './request-session.guard';
import { RevocationsController } from './revocations.controller';
import { SessionManagement } from './session-management';
import { AdminSessionsController, SessionsController } from './sessions.controller';
import { SessionUse } from './session-use';
import { TokenGrants } from './token-grants';
import { WelcomeCheck } from './welcome-check';

@Module({
  imports: [StrategiesModule, SessionsModule, TokensModule, ClientsModule, AccountTriesModule],
  controllers: [
    AuthController,
    SessionsController,
    AdminSessionsController,
    PasswordController,
    RevocationsController,
  ],
  providers: [
    { provide: AuthService, inject: [TokenRelay, ModuleRef, Instruments], useFactory: authService },
    { provide: AccessCheck, inject: [TokenRelay, ModuleRef], useFactory: accessCheck },
    LoginCheck,
    AccountCheck,
    LoginPlaces,
    PasswordCheck,
    { provide: EvenRefusals, inject: [Settings], useFactory: evenRefusals },
    BrowserSessions,
    {
      provide: PasswordRules,
      inject: [Settings],
      useFactory: (settings: Settings) => new PasswordRules(settings),
    },
    TokenGrants,
    SessionUse,
    SessionManagement,
    PasswordService,
    EntryService,
    IdentityRenewal,
    WelcomeCheck,
    IdentitySweep,
    IdentitySweepTimer,
    RequestSessionGuard,
    AccessTokenGuard,
  ],
  exports: [
    AuthService,
    BrowserSessions,
    SessionManagement,
    AccessCheck,
    EntryService,
    IdentityRenewal,
    PasswordService,
    RequestSessionGuard,
    AccessTokenGuard,
  ],
})
export class AuthModule {}

function evenRefusals(settings: Settings): EvenRefusals {
  return new EvenRefusals(settings);
}

/** Whose tokens clients get: those of the source where there is a relay, else our own. */
async function authService(
  relay: TokenRelay | null,
  module: ModuleRef,
  instruments: Instruments,
): Promise<AuthService> {
  const story = await module.create<AuthService>(relay ? RelayAuthService : OwnTokenAuthService);
  return new CountedAuthService(story, instruments);
}

/** The same choice for the tokens that come in. */
function accessCheck(relay: TokenRelay | null, module: ModuleRef): Promise<AccessCheck> {
  return module.create<AccessCheck>(relay ? RelayAccessCheck : OwnAccessCheck);
}
