import { Body, Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiExcludeController } from '../../common/api-description';
import { AlsoTakesAccess } from '../../auth/access-ways.decorator';
import { PasswordField, UsernameField } from '../../auth/credential-fields';
import { PasswordService } from '../../auth/password.service';
import { ReadsBody } from '../../common/body-forms';
import { GatehouseError } from '../../common/gatehouse-error';
import { Public } from '../../common/public.decorator';
import { RateLimit } from '../../common/rate-limit.decorator';
import { Context, type RequestContext } from '../../common/request-context';
import { Settings } from '../../config/settings';
import type { Credentials } from '../../strategies/credential-strategy';
import { BrowserLogin, type Exchange } from '../login/browser-login';
import { leadOn, sendPage } from '../pages/page-reply';
import { visitorOf } from '../pages/page-session';
import { formOriginsOf, onwardAddress, type PageView, pageView } from '../pages/page-view';
import { pageAddress, pagePaths } from '../pages/paths';
import { daysFrom, PasswordNotice } from './password-notice';
import { PasswordPage } from './password-page';

export class PasswordForm {
  @UsernameField(() => true)
  username: string = '';

  @PasswordField(() => true)
  old_password: string = '';

  @PasswordField(() => true)
  new_password: string = '';

  @PasswordField(() => true)
  repeat_password: string = '';
}

/** Lets people change their password, also one that keeps them from logging in. What goes wrong is told by `page-errors.tsx`. */
@ApiExcludeController()
@Controller(pagePaths.password)
export class PasswordPageController {
  constructor(
    private readonly passwords: PasswordService,
    private readonly browserLogin: BrowserLogin,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  @Get()
  @Public()
  @RateLimit('none')
  @AlsoTakesAccess('session-cookie')
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const view = pageView(request, this.settings);
    const visitor = await visitorOf(request);
    const own = visitor && { username: visitor.identity.username, isOwn: true };
    const page = <PasswordPage view={view} leastLength={this.settings.PASSWORD_MIN_LENGTH} {...own} />;
    sendPage(reply, page, { locale: view.locale, formOrigins: formOriginsOf(view) });
  }

  /** Where a login leads whose password lives only a few days more. */
  @Get('notice')
  @Public()
  @RateLimit('none')
  notice(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const view = pageView(request, this.settings);
    const days = daysFrom(view.flags['days']);
    if (days === undefined) return leadOn(reply, onwardAddress(view));
    sendPage(reply, <PasswordNotice view={view} days={days} />, { locale: view.locale });
  }

  @Post()
  @Public()
  @RateLimit('login')
  @ReadsBody('form')
  @AlsoTakesAccess('session-cookie')
  async change(
    @Body() form: PasswordForm,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Context() context: RequestContext,
  ): Promise<void> {
    if (form.new_password !== form.repeat_password) throw notTheSame();
    const exchange = { request, reply, context };
    const view = pageView(request, this.settings);
    const isIn = (await this.changeOwn(form, exchange)) || (await this.changeAndLogIn(form, exchange));
    leadOn(reply, isIn ? changedAddress(view) : pageAddress(pagePaths.login, view, { changed: '' }));
  }

  /** For the person who is logged in, whose session goes on. False where the form is about somebody else. */
  private async changeOwn(form: PasswordForm, exchange: Exchange): Promise<boolean> {
    const visitor = await visitorOf(exchange.request);
    if (!visitor || visitor.identity.username !== form.username) return false;
    const { identity, session } = visitor;
    const passwords = { oldPassword: form.old_password, newPassword: form.new_password };
    const visit = this.browserLogin.visitOf(exchange);
    await this.passwords.changeOwn({ identity, ...passwords, currentSessionId: session?.id }, visit);
    return true;
  }

  /** For everybody else. False where the new password did not let them in. */
  private async changeAndLogIn(form: PasswordForm, exchange: Exchange): Promise<boolean> {
    const { username, old_password: password, new_password: newPassword } = form;
    const visit = this.browserLogin.visitOf(exchange);
    await this.passwords.change({ credentials: { username, password }, newPassword }, visit);
    return this.logsIn({ username, password: newPassword }, exchange);
  }

  /** The change stands, whatever comes of the login; a replica may not know the new password yet. */
  private async logsIn(credentials: Credentials, exchange: Exchange): Promise<boolean> {
    try {
      await this.browserLogin.logIn(credentials, exchange);
      return true;
    } catch (error) {
      if (error instanceof GatehouseError) return false;
      throw error;
    }
  }
}

function changedAddress({ returnTo, lang }: PageView): string {
  return returnTo ?? pageAddress(pagePaths.account, { lang }, { changed: '' });
}

function notTheSame(): GatehouseError {
  const text = { es: 'no es igual a la contraseña nueva', en: 'is not the same as the new password' };
  return new GatehouseError('VALIDATION_ERROR', { fields: [{ campo: 'repeat_password', text }] });
}
