import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { GatehouseError } from '../../common/gatehouse-error';
import { Public } from '../../common/public.decorator';
import { RateLimit } from '../../common/rate-limit.decorator';
import { Context, type RequestContext } from '../../common/request-context';
import { authenticateRequest } from './authenticate-request';
import { type AuthenticateAnswer, DirectoryLogin } from './directory-login';
import { DescribeAuthenticate, DescribePingDirectory } from './ping-directory.openapi';

/** Logs people in as PingDirectory's Directory REST API does. */
@DescribePingDirectory()
@Controller('directory/v1')
export class AuthenticateController {
  constructor(private readonly directory: DirectoryLogin) {}

  @DescribeAuthenticate()
  @Post('authenticate')
  @HttpCode(200)
  @Public()
  @RateLimit('login')
  async authenticate(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
  ): Promise<AuthenticateAnswer> {
    await demandGoodRequester(request);
    return this.directory.login(authenticateRequest(body), { ...context, door: 'ping-directory' });
  }
}

/**
 * A login needs no `Authorization`. One that is sent names the requester, who must then be known, whatever the password.
 * @throws GatehouseError INVALID_TOKEN, TOKEN_EXPIRED; SERVICE_UNAVAILABLE when that cannot be found out now
 */
async function demandGoodRequester({ headers, presentedAccess }: FastifyRequest): Promise<void> {
  if ((headers.authorization ?? '').trim() === '') return;
  if (!presentedAccess) {
    throw new GatehouseError('INVALID_TOKEN', { detail: 'the Authorization header holds no Bearer token' });
  }
  await presentedAccess.admit();
}
