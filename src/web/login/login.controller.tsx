import { Body, Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiExcludeController } from '../../common/api-description';
import { loginPage } from '../../auth/return-address';
import { AlsoTakesAccess } from '../../auth/access-ways.decorator';
import { PasswordField, UsernameField } from '../../auth/credential-fields';
import { ReadsBody } from '../../common/body-forms';
import { Public } from '../../common/public.decorator';
import { RateLimit } from '../../common/rate-limit.decorator';
import { Context, type RequestContext } from '../../common/request-context';
import { seesPageCookie } from '../../config/check-pages';
import { Settings } from '../../config/settings';
import { leadOn, sendPage } from '../pages/page-reply';
import { visitorOf } from '../pages/page-session';
import { formOriginsOf, onwardAddress, type PageView, pageView } from '../pages/page-view';
import { pageAddress, pagePaths } from '../pages/paths';
import { daysToTell } from '../password/password-notice';
import { BrowserLogin } from './browser-login';
import { LoginPage } from './login-page';

export class LoginForm {
  @UsernameField(() => true)
  username: string = '';

  @PasswordField(() => true)
  password: string = '';
}

/** The login page. What goes wrong with the form is told by `page-errors.tsx`. */
@ApiExcludeController()
@Controller(pagePaths.login)
export class LoginPageController {
  constructor(
    private readonly browserLogin: BrowserLogin,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  /** Somebody who is logged in is led on at once, unless they ask for the page (`again`) or have just logged out. */
  @Get()
  @Public()
  @RateLimit('none')
  @AlsoTakesAccess('session-cookie')
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const view = pageView(request, this.settings);
    const { again, out, changed } = view.flags;
    const isAsked = again !== undefined || out !== undefined || changed !== undefined;
    const isLoggedIn = !isAsked && (await visitorOf(request)) !== undefined;
    const isUnseen = isLoggedIn && this.leadsWhereUnseen(view, request);
    if (isLoggedIn && !isUnseen) return leadOn(reply, onwardAddress(view));
    return sendPage(reply, <LoginPage view={view} isUnseen={isUnseen} />, {
      locale: view.locale,
      formOrigins: formOriginsOf(view),
    });
  }

  /**
   * Whether `return_to` leads to an application whose proxy does not get the cookie and would send the person here again, and so on. A
   * page of ALLOWED_ORIGINS asks the gateway itself, to which the browser shows it.
   */
  private leadsWhereUnseen({ returnTo }: PageView, { hostname }: FastifyRequest): boolean {
    if (returnTo === undefined || !URL.canParse(returnTo)) return false;
    const { origin, hostname: host } = new URL(returnTo);
    const own = [hostname, loginPage(this.settings)?.hostname ?? hostname];
    return !this.settings.ALLOWED_ORIGINS.includes(origin) && !seesPageCookie(this.settings, host, own);
  }

  @Post()
  @Public()
  @RateLimit('login')
  @ReadsBody('form')
  async logIn(
    @Body() { username, password }: LoginForm,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Context() context: RequestContext,
  ): Promise<void> {
    const view = pageView(request, this.settings);
    const result = await this.browserLogin.logIn({ username, password }, { request, reply, context });
    const days = daysToTell(result.password);
    if (days === undefined) return leadOn(reply, onwardAddress(view));
    leadOn(reply, pageAddress(pagePaths.passwordNotice, view, { days: String(days) }));
  }
}
