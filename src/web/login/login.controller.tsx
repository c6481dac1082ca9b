import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../common/public.decorator';
import { RateLimit } from '../../common/rate-limit.decorator';
import { Context, type RequestContext } from '../../common/request-context';
import { Settings } from '../../config/settings';
import { brandOf } from '../pages/brand';
import { Page } from '../pages/layout';
import { sendPage } from '../pages/page-reply';
import { pagePaths } from '../pages/paths';

/** The login page. */
@ApiExcludeController()
@Controller(pagePaths.login)
export class LoginPageController {
  constructor(@Inject(Settings) private readonly settings: Settings) {}

  @Get()
  @Public()
  @RateLimit('none')
  show(@Context() { locale }: RequestContext, @Res() reply: FastifyReply): void {
    const title = { es: 'Iniciar sesión', en: 'Log in' }[locale];
    sendPage(reply, <Page title={title} locale={locale} brand={brandOf(this.settings)} />, { locale });
  }
}
