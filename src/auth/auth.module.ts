import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import cookieParser from 'cookie-parser';
import { SessionsModule } from '../sessions/sessions.module';
import { StrategiesModule } from '../strategies/strategies.module';
import { TokensModule } from '../tokens/tokens.module';
import { AccessTokenGuard } from './access-token.guard';
import { AuthController } from './auth.controller';
import { AuthService } from './auth.service';
import { IdentityRenewal } from './identity-renewal';
import { PasswordController } from './password.controller';
import { PasswordService } from './password.service';
import { RequestSessionGuard } from './request-session.guard';

@Module({
  imports: [StrategiesModule, SessionsModule, TokensModule],
  controllers: [AuthController, PasswordController],
  providers: [AuthService, PasswordService, IdentityRenewal, RequestSessionGuard, AccessTokenGuard],
  exports: [AuthService, PasswordService, RequestSessionGuard, AccessTokenGuard],
})
export class AuthModule implements NestModule {
  /** Only the routes that read the refresh cookie pay for parsing cookies. */
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(cookieParser()).forRoutes('api/auth/refresh', 'api/auth/logout', 'api/auth/password');
  }
}
