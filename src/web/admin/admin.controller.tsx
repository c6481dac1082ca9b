import { Body, Controller, Get, Inject, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { IsNotEmpty, IsOptional, IsString, MaxLength } from '../../common/body-rules';
import { ApiExcludeController } from '../../common/api-description';
import type { Bearer } from '../../auth/access-check';
import { CurrentBearer } from '../../auth/access-token.guard';
import { AlsoTakesAccess } from '../../auth/access-ways.decorator';
import { EntryService } from '../../auth/entry.service';
import { SessionManagement } from '../../auth/session-management';
import { ReadsBody } from '../../common/body-forms';
import { Clock } from '../../common/clock';
import { queryParameters } from '../../common/query-parameters';
import { Context, type RequestContext } from '../../common/request-context';
import { Settings } from '../../config/settings';
import { SessionIdField } from '../account/session-id-field';
import { tellingEnded } from '../account/session-gone';
import { BrowserLogin } from '../login/browser-login';
import { leadOn, sendPage } from '../pages/page-reply';
import { pageView } from '../pages/page-view';
import { pageAddress, pagePaths } from '../pages/paths';
import { AdminPage, longestUser } from './admin-page';

export class SearchQuery {
  /** A login name or a subject. */
  @IsOptional()
  @IsString()
  @MaxLength(longestUser)
  user?: string;
}

export class EndOneForm {
  @SessionIdField()
  id: string = '';
}

export class EndAllForm {
  @IsNotEmpty()
  @IsString()
  @MaxLength(longestUser)
  subject: string = '';
}

/** The page on which bearers of ADMIN_ROLE see and end the sessions of others, and see how the sources are. */
@ApiExcludeController()
@Controller(pagePaths.admin)
@AlsoTakesAccess('session-cookie')
export class AdminPageController {
  constructor(
    private readonly sessions: SessionManagement,
    private readonly entries: EntryService,
    private readonly browserLogin: BrowserLogin,
    private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  @Get()
  async show(
    @Query() query: SearchQuery,
    @CurrentBearer() bearer: Bearer,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.sessions.demandAdministrator(bearer);
    const view = pageView(request, this.settings);
    const user = wantedIn(query);
    const sessions = user === undefined ? [] : await this.sessions.of(bearer, user);
    const found = { user, sessions, currentId: bearer.session?.id, nowMs: this.clock.nowMs() };
    const page = <AdminPage {...{ view, ...found, sources: this.entries.sourceHealth() }} />;
    sendPage(reply, page, { locale: view.locale });
  }

  @Post('end')
  @ReadsBody('form')
  async end(
    @Body() { id }: EndOneForm,
    @CurrentBearer() bearer: Bearer,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Context() context: RequestContext,
  ): Promise<void> {
    const visit = this.browserLogin.visitOf({ request, context });
    await tellingEnded(() => this.sessions.endOneOf(bearer, id, visit));
    leadOn(reply, this.addressAfter(request, 'ended'));
  }

  @Post('end-all')
  @ReadsBody('form')
  async endAll(
    @Body() { subject }: EndAllForm,
    @CurrentBearer() bearer: Bearer,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Context() context: RequestContext,
  ): Promise<void> {
    await this.sessions.endAllOf(bearer, subject, this.browserLogin.visitOf({ request, context }));
    leadOn(reply, this.addressAfter(request, 'all'));
  }

  /** Back to what was looked for. */
  private addressAfter(request: FastifyRequest, done: string): string {
    const { lang } = pageView(request, this.settings);
    const { user: wanted } = queryParameters(request.url.split('?', 2)[1] ?? '');
    const user = typeof wanted === 'string' ? wantedIn({ user: wanted.slice(0, longestUser) }) : undefined;
    return pageAddress(pagePaths.admin, { lang }, { ...(user !== undefined && { user }), done });
  }
}

/** Undefined where nobody is looked for. */
function wantedIn({ user = '' }: SearchQuery): string | undefined {
  return user.trim() === '' ? undefined : user.trim();
}
