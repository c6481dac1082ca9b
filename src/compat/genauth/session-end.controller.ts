import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ReadsBody } from '../../common/body-forms';
import { isJsonObject } from '../../common/json-pointer';
import { Public } from '../../common/public.decorator';
import { RateLimit } from '../../common/rate-limit.decorator';
import { Context, type RequestContext } from '../../common/request-context';
import { DescribeOidc, DescribeSessionEnd } from './genauth.openapi';
import { textMember } from './request-body';
import { SessionEnd, type SessionEndRequest } from './session-end';
import { sessionEndPage } from './session-end-page';

const longestIdToken = 16 * 1024;
const longestUri = 2048;
const longestState = 1024;

/** `/oidc/session/end`: where an application sends the browser to log a person out (OpenID Connect RP-Initiated Logout 1.0). */
@DescribeOidc()
@Controller('oidc/session')
@Public()
@RateLimit('logout')
export class SessionEndController {
  constructor(private readonly sessionEnd: SessionEnd) {}

  @DescribeSessionEnd('endSession', 'query')
  @Get('end')
  end(
    @Query() query: unknown,
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    return this.answer(readRequest(query, request), context, reply);
  }

  @DescribeSessionEnd('endSessionByForm', 'form')
  @Post('end')
  @HttpCode(200)
  @ReadsBody('form')
  endByForm(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    return this.answer(readRequest(body, request), context, reply);
  }

  private async answer(
    request: SessionEndRequest,
    context: RequestContext,
    reply: FastifyReply,
  ): Promise<string | undefined> {
    const outcome = await this.sessionEnd.run(request, context);
    if (outcome.kind === 'redirect') {
      void reply.status(302).header('Location', outcome.location);
      return undefined;
    }
    const page = sessionEndPage(outcome.kind, context.locale);
    void reply.status(outcome.kind === 'ended' ? 200 : 400).headers(page.headers);
    return page.body;
  }
}

/** @throws GatehouseError VALIDATION_ERROR for a parameter that is too long or comes twice */
function readRequest(parameters: unknown, { rateLimitExcess: excess }: FastifyRequest): SessionEndRequest {
  const from = isJsonObject(parameters) ? parameters : {};
  const text = (name: string, longest: number) => textMember({ from, name }, longest);
  return {
    idTokenHint: text('id_token_hint', longestIdToken),
    clientId: text('client_id', longestUri),
    redirectUri: text('post_logout_redirect_uri', longestUri),
    state: text('state', longestState),
    excess,
  };
}
