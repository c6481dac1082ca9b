import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { AuthModule } from '../../auth/auth.module';
import { ClientsModule } from '../../clients/clients.module';
import { Clock } from '../../common/clock';
import { Logger } from '../../common/logger';
import { describeError } from '../../common/system-error';
import { Settings } from '../../config/settings';
import { SessionsModule } from '../../sessions/sessions.module';
import { Store, StoreUnavailable } from '../../stores/store';
import { StoresModule } from '../../stores/stores.module';
import { TokensModule } from '../../tokens/tokens.module';
import { AppKeySetController } from './app-key-set.controller';
import { EncryptionKeys } from './encryption/encryption-keys';
import { PasswordDecryption } from './encryption/password-decryption';
import { toStandardOidc } from './oidc-spellings';
import { ProfileController } from './profile.controller';
import { SessionEnd } from './session-end';
import { SessionEndController } from './session-end.controller';
import { SignIn } from './signin';
import { SignInController } from './signin.controller';
import { SystemController } from './system.controller';
import { TypedPassword } from './typed-password';
import { UpdatePasswordController } from './update-password.controller';

/** The dialect of GenAuth (Authing) and its SDK, where COMPAT holds `genauth`. */
@Module({
  imports: [AuthModule, ClientsModule, SessionsModule, StoresModule, TokensModule],
  controllers: [
    SignInController,
    SystemController,
    ProfileController,
    UpdatePasswordController,
    SessionEndController,
    AppKeySetController,
  ],
  providers: [
    SignIn,
    SessionEnd,
    TypedPassword,
    {
      provide: EncryptionKeys,
      inject: [Store, Clock, Settings],
      useFactory: (store: Store, clock: Clock, settings: Settings) =>
        new EncryptionKeys({ store, clock, settings }),
    },
    {
      provide: PasswordDecryption,
      inject: [EncryptionKeys, Logger],
      useFactory: (keys: EncryptionKeys, logger: Logger) => new PasswordDecryption({ keys, logger }),
    },
  ],
})
export class GenAuthModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly decryption: PasswordDecryption,
    private readonly keys: EncryptionKeys,
    private readonly logger: Logger,
    private readonly host: HttpAdapterHost<FastifyAdapter>,
  ) {}

  /** @throws ConfigurationError for a wrong KEY_ENCRYPTION_KEY. A store that is down is no reason not to start. */
  async onModuleInit(): Promise<void> {
    await this.reportSealing();
    // After the body has been read and before the guards of a route look at the request.
    this.host.httpAdapter.getInstance().addHook('preHandler', (request, _reply, done) => {
      toStandardOidc(request);
      done();
    });
  }

  /** What an operator still has to do after KEY_ENCRYPTION_KEY was set or changed. */
  private async reportSealing(): Promise<void> {
    try {
      const advice = await this.keys.sealingAdvice();
      if (advice !== undefined) this.logger.warn({}, advice);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.logger.warn({ fault: describeError(error) }, 'the keys for passwords cannot be read yet');
    }
  }

  /** Ends the thread that decrypts. */
  async onApplicationShutdown(): Promise<void> {
    await this.decryption.close();
  }
}
