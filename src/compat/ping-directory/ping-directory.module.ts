import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module';
import { AuthenticateController } from './authenticate.controller';
import { DirectoryLogin } from './directory-login';
import { OwnEntry } from './own-entry';
import { OwnEntryController } from './own-entry.controller';
import { OwnPassword } from './own-password';

/** The Directory REST API of PingDirectory, where COMPAT holds `ping-directory`. */
@Module({
  imports: [AuthModule],
  controllers: [AuthenticateController, OwnEntryController],
  providers: [DirectoryLogin, OwnEntry, OwnPassword],
})
export class PingDirectoryModule {}
