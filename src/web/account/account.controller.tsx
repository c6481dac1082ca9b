import { Body, Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiExcludeController } from '../../common/api-description';
import type { Bearer } from '../../auth/access-check';
import { CurrentBearer } from '../../auth/access-token.guard';
import { AlsoTakesAccess } from '../../auth/access-ways.decorator';
import { SessionManagement } from '../../auth/session-management';
import { ReadsBody } from '../../common/body-forms';
import { Clock } from '../../common/clock';
import { Context, type RequestContext } from '../../common/request-context';
import { Settings } from '../../config/settings';
import type { Session } from '../../sessions/session';
import { BrowserLogin } from '../login/browser-login';
import { leadOn, sendPage } from '../pages/page-reply';
import { pageView } from '../pages/page-view';
import { pageAddress, pagePaths } from '../pages/paths';
import { AccountPage } from './account-page';
import { SessionIdField } from './session-id-field';
import { tellingEnded } from './session-gone';

export class EndSessionForm {
  @SessionIdField()
  id: string = '';
}

/** The page on which people see who they are here and where they are logged in, and end what should not be. */
@ApiExcludeController()
@Controller(pagePaths.account)
@AlsoTakesAccess('session-cookie')
export class AccountPageController {
  constructor(
    private readonly sessions: SessionManagement,
    private readonly browserLogin: BrowserLogin,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  @Get()
  async show(
    @CurrentBearer() bearer: Bearer,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const view = pageView(request, this.settings);
    const { identity, session } = bearer;
    const sessions = currentFirst(await this.sessions.own(bearer), session?.id);
    const isAdministrator = this.sessions.isAdministrator(bearer);
    const { id: currentId, passwordExpiresAtMs } = session ?? {};
    const about = { identity, isAdministrator, sessions, currentId, passwordExpiresAtMs };
    sendPage(reply, <AccountPage {...{ view, nowMs: this.clock.nowMs(), ...about }} />, {
      locale: view.locale,
    });
  }

  /** Ends one of the person's sessions; the one of this browser as its logout does. */
  @Post('end')
  @ReadsBody('form')
  async end(
    @Body() { id }: EndSessionForm,
    @CurrentBearer() bearer: Bearer,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Context() context: RequestContext,
  ): Promise<void> {
    const { lang } = pageView(request, this.settings);
    const exchange = { request, reply, context };
    if (id === bearer.session?.id) {
      await this.browserLogin.logOut(exchange);
      return leadOn(reply, pageAddress(pagePaths.login, { lang }, { out: '' }));
    }
    await tellingEnded(() => this.sessions.endOwn(bearer, id, this.browserLogin.visitOf(exchange)));
    leadOn(reply, pageAddress(pagePaths.account, { lang }, { done: 'ended' }));
  }

  @Post('end-others')
  @ReadsBody('form')
  async endOthers(
    @CurrentBearer() bearer: Bearer,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Context() context: RequestContext,
  ): Promise<void> {
    const { lang } = pageView(request, this.settings);
    await this.sessions.endAllOwn(bearer, true, this.browserLogin.visitOf({ request, context }));
    leadOn(reply, pageAddress(pagePaths.account, { lang }, { done: 'others' }));
  }
}

/** Uses within a second count as one, so that another may seem to have been used later. */
function currentFirst(sessions: readonly Session[], currentId: string | undefined): readonly Session[] {
  const current = sessions.filter(({ id }) => id === currentId);
  return [...current, ...sessions.filter(({ id }) => id !== currentId)];
}
