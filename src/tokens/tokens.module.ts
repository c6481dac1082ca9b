import { Module } from '@nestjs/common';
import { JwtModule, type JwtModuleOptions } from '@nestjs/jwt';
import { Settings } from '../config/settings';
import { JwksController } from './jwks.controller';
import { loadSigningKey, SigningKey } from './signing-key';
import { TokenService } from './token.service';

@Module({
  providers: [{ provide: SigningKey, useFactory: loadSigningKey, inject: [Settings] }],
  exports: [SigningKey],
})
class SigningKeyModule {}

@Module({
  imports: [
    SigningKeyModule,
    JwtModule.registerAsync({ imports: [SigningKeyModule], inject: [SigningKey], useFactory: keysOf }),
  ],
  controllers: [JwksController],
  providers: [TokenService],
  exports: [TokenService],
})
export class TokensModule {}

function keysOf(key: SigningKey): JwtModuleOptions {
  return key.algorithm === 'HS256'
    ? { secret: key.signWith }
    : { privateKey: key.signWith, publicKey: key.verifyWith };
}
