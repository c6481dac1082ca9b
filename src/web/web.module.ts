import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module';
import { LoginPageController } from './login/login.controller';

/** The pages that people see. Not there with PAGES=false and in relay mode. */
@Module({ imports: [AuthModule], controllers: [LoginPageController] })
export class WebModule {}
