import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { ThrottlerModule } from '@nestjs/throttler';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { JwtRefreshStrategy } from './jwt-refresh.strategy.js';
import { JwtStrategy } from './jwt.strategy.js';
import { LdapStrategy } from './ldap.strategy.js';
import { SessionsRepository } from './sessions.repository.js';
import { settings } from './settings.js';

const { algorithm, sign, lifeSeconds } = settings.access;

@Module({
  imports: [
    PassportModule,
    JwtModule.register({
      ...(algorithm === 'HS256' ? { secret: sign } : { privateKey: sign }),
      signOptions: { algorithm, expiresIn: lifeSeconds },
    }),
    ThrottlerModule.forRoot([settings.throttle]),
  ],
  controllers: [AuthController],
  providers: [AuthService, SessionsRepository, LdapStrategy, JwtStrategy, JwtRefreshStrategy],
})
export class AppModule {}
