import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { entityTagOf, namesEntityTag } from '../common/entity-tag';
import { GatehouseError } from '../common/gatehouse-error';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import { Context, type RequestContext } from '../common/request-context';
import { Settings } from '../config/settings';
import {
  decodeRevocationCursor,
  encodeRevocationCursor,
  type RevocationCursor,
} from '../sessions/revocation-feed';
import type { RevocationEntry } from '../sessions/revocation-records';
import { SessionService } from '../sessions/session.service';
import { DescribeNativeApi } from './auth.openapi';
import { messages, success, type SuccessEnvelope } from './envelope';
import { DescribeRevocations } from './revocations.openapi';

interface RevocationsData {
  readonly entries: readonly RevocationEntry[];
  readonly next: string;
  readonly more: boolean;
}

/** The feed for resource servers. Every poll is answered from what was read within the last second, so none is throttled. */
@DescribeNativeApi()
@Controller('api/auth/revocations')
@Public()
@RateLimit('none')
export class RevocationsController {
  constructor(
    private readonly sessions: SessionService,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  @DescribeRevocations()
  @Get()
  async since(
    @Query('since') since: unknown,
    @Req() request: FastifyRequest,
    @Context() { locale }: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SuccessEnvelope<RevocationsData> | undefined> {
    await this.admit(request);
    const { entries, next, more } = await this.sessions.revocations.since(cursorOf(since));
    const data = { entries, next: encodeRevocationCursor(next), more };
    const answer = success(locale, messages.done, data);
    const tag = entityTagOf(answer);
    const audience = this.settings.REVOCATION_FEED === 'bearer' ? 'private' : 'public';
    void reply.headers({ ETag: tag, 'Cache-Control': `${audience}, max-age=1`, Vary: 'Accept-Language' });
    if (!namesEntityTag(request.headers['if-none-match'], tag)) return answer;
    void reply.code(304);
    return undefined;
  }

  /** In relay mode the source keeps the sessions: an empty feed would look as if none had ended. */
  private async admit({ presentedAccess }: FastifyRequest): Promise<void> {
    const { REVOCATION_FEED: access, EXTERNAL_AUTH_MODE: mode } = this.settings;
    if (access === 'off' || mode === 'relay') throw new GatehouseError('NOT_FOUND', { detail: 'no feed' });
    if (access === 'public') return;
    if (!presentedAccess) throw new GatehouseError('UNAUTHORIZED', { detail: 'no bearer token' });
    await presentedAccess.admit();
  }
}

/** @throws GatehouseError VALIDATION_ERROR for anything that is neither absent, nor a cursor, nor seconds. */
function cursorOf(since: unknown): RevocationCursor | undefined {
  if (since === undefined) return undefined;
  const cursor = typeof since === 'string' ? decodeRevocationCursor(since) : undefined;
  if (cursor) return cursor;
  const text = {
    es: 'debe ser el `next` de una respuesta o segundos desde 1970',
    en: 'must be the `next` of an answer or seconds since 1970',
  };
  throw new GatehouseError('VALIDATION_ERROR', { fields: [{ campo: 'since', text }] });
}
