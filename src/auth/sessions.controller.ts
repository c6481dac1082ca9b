import { Controller, Delete, Get, HttpCode, Inject, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { IsIn, IsNotEmpty, IsOptional, IsString, MaxLength } from '../common/body-rules';
import { ApiPropertyOptional } from '../common/api-description';
import { GatehouseError } from '../common/gatehouse-error';
import { Context, type RequestContext } from '../common/request-context';
import { Settings } from '../config/settings';
import type { Session } from '../sessions/session';
import type { Bearer } from './access-check';
import { CurrentBearer } from './access-token.guard';
import type { Visit } from './auth.service';
import { messages, success, type SuccessEnvelope } from './envelope';
import { clearedRefreshCookie } from './refresh-cookie';
import { SessionManagement } from './session-management';
import {
  DescribeAdminApi,
  DescribeEndSession,
  DescribeEndSessions,
  DescribeEndSessionsOf,
  DescribeSessions,
  DescribeSessionsOf,
} from './sessions.openapi';
import { type OwnSessionView, type SessionOfView, viewOfSession, viewOfUser } from './views';
import { DescribeNativeApi } from './auth.openapi';

const longestUser = 1024;

export class EndSessionsQuery {
  @ApiPropertyOptional({ enum: ['current'], description: 'Spares the session of this request.' })
  @IsOptional()
  @IsIn(['current'])
  keep?: 'current';
}

export class UserQuery {
  @IsString()
  @IsNotEmpty()
  @MaxLength(longestUser)
  user!: string;
}

interface Ended {
  readonly ended: number;
}

/** One's own sessions: on which devices somebody is logged in, and an end to those that should not be. */
@DescribeNativeApi()
@Controller('api/auth/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionManagement,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  @DescribeSessions()
  @Get()
  async list(
    @CurrentBearer() bearer: Bearer,
    @Context() context: RequestContext,
  ): Promise<SuccessEnvelope<readonly OwnSessionView[]>> {
    const sessions = await this.sessions.own(bearer);
    const current = bearer.session?.id;
    const views = sessions.map((session) => ({ ...viewOfSession(session), current: session.id === current }));
    return success(context.locale, messages.done, views);
  }

  @DescribeEndSession()
  @Delete(':id')
  @HttpCode(200)
  async end(
    @Param('id') id: string,
    @CurrentBearer() bearer: Bearer,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SuccessEnvelope<null>> {
    await this.sessions.endOwn(bearer, id, throughNativeDoor(context));
    if (id === bearer.session?.id) this.clearCookie(reply);
    return success(context.locale, messages.loggedOut, null);
  }

  @DescribeEndSessions()
  @Delete()
  @HttpCode(200)
  async endAll(
    @Query() { keep }: EndSessionsQuery,
    @Req() request: FastifyRequest,
    @CurrentBearer() bearer: Bearer,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SuccessEnvelope<Ended>> {
    refuseOthers(request.query);
    const ended = await this.sessions.endAllOwn(bearer, keep === 'current', throughNativeDoor(context));
    if (keep !== 'current') this.clearCookie(reply);
    return success(context.locale, messages.sessionsEnded, { ended });
  }

  private clearCookie(reply: FastifyReply): void {
    void reply.header('Set-Cookie', clearedRefreshCookie(this.settings));
  }
}

/** The sessions of others, for bearers with ADMIN_ROLE. */
@DescribeAdminApi()
@Controller('api/admin/sessions')
export class AdminSessionsController {
  constructor(private readonly sessions: SessionManagement) {}

  @DescribeSessionsOf()
  @Get()
  async list(
    @Query() { user }: UserQuery,
    @CurrentBearer() bearer: Bearer,
    @Context() context: RequestContext,
  ): Promise<SuccessEnvelope<readonly SessionOfView[]>> {
    const sessions = await this.sessions.of(bearer, user);
    return success(context.locale, messages.done, sessions.map(viewWithUser));
  }

  @DescribeEndSessionsOf()
  @Delete()
  @HttpCode(200)
  async endAll(
    @Query() { user }: UserQuery,
    @CurrentBearer() bearer: Bearer,
    @Context() context: RequestContext,
  ): Promise<SuccessEnvelope<Ended>> {
    const ended = await this.sessions.endAllOf(bearer, user, throughNativeDoor(context));
    return success(context.locale, messages.sessionsEnded, { ended });
  }
}

/** A misspelt `keep` must not end this session too. */
function refuseOthers(query: unknown): void {
  const names = typeof query === 'object' && query !== null ? Object.keys(query) : [];
  const other = names.find((name) => name !== 'keep');
  if (other === undefined) return;
  const text = { es: 'no es un parámetro conocido', en: 'is not a known parameter' };
  throw new GatehouseError('VALIDATION_ERROR', { fields: [{ campo: other.slice(0, 64), text }] });
}

function viewWithUser(session: Session): SessionOfView {
  return { ...viewOfSession(session), user: viewOfUser(session.identity) };
}

function throughNativeDoor(context: RequestContext): Visit {
  return { ...context, door: 'native' };
}
