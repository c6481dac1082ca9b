import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiExcludeController } from '../../common/api-description';
import { ReadsBody } from '../../common/body-forms';
import { Public } from '../../common/public.decorator';
import { RateLimit } from '../../common/rate-limit.decorator';
import { Context, type RequestContext } from '../../common/request-context';
import { Settings } from '../../config/settings';
import { leadOn } from '../pages/page-reply';
import { pageView } from '../pages/page-view';
import { pageAddress, pagePaths } from '../pages/paths';
import { BrowserLogin } from './browser-login';

/** Where the button of the pages leads that logs somebody out. */
@ApiExcludeController()
@Controller(pagePaths.logout)
export class LogoutPageController {
  constructor(
    private readonly browserLogin: BrowserLogin,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  @Post()
  @Public()
  @RateLimit('logout')
  @ReadsBody('form')
  async logOut(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Context() context: RequestContext,
  ): Promise<void> {
    const view = pageView(request, this.settings);
    await this.browserLogin.logOut({ request, reply, context });
    leadOn(reply, pageAddress(pagePaths.login, view, { out: '' }));
  }
}
