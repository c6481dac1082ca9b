import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module';
import { ClientsModule } from '../../clients/clients.module';
import { Clock } from '../../common/clock';
import { Logger } from '../../common/logger';
import { Settings } from '../../config/settings';
import { SessionsModule } from '../../sessions/sessions.module';
import { Store } from '../../stores/store';
import { StoresModule } from '../../stores/stores.module';
import { TokensModule } from '../../tokens/tokens.module';
import { EncryptionKeys } from './encryption/encryption-keys';
import { PasswordDecryption } from './encryption/password-decryption';
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
export class GenAuthModule {
  constructor(private readonly decryption: PasswordDecryption) {}

  /** Ends the thread that decrypts. */
  async onApplicationShutdown(): Promise<void> {
    await this.decryption.close();
  }
}
