import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module';
import { AccountPageController } from './account/account.controller';
import { AdminPageController } from './admin/admin.controller';
import { BrowserLogin } from './login/browser-login';
import { LoginPageController } from './login/login.controller';
import { LogoutPageController } from './login/logout.controller';
import { AssetsController } from './pages/assets.controller';
import { PasswordPageController } from './password/password.controller';

/** The pages that people see. Not there with PAGES=false and in relay mode. */
@Module({
  imports: [AuthModule],
  controllers: [
    AssetsController,
    LoginPageController,
    LogoutPageController,
    PasswordPageController,
    AccountPageController,
    AdminPageController,
  ],
  providers: [BrowserLogin],
})
export class WebModule {}
