import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { JsonWebKey } from 'node:crypto';
import { GatehouseError } from '../../common/gatehouse-error';
import { Public } from '../../common/public.decorator';
import { RateLimit } from '../../common/rate-limit.decorator';
import { jwksMaxAgeSeconds } from '../../config/key-settings';
import { Settings } from '../../config/settings';
import { TokenService } from '../../tokens/token.service';
import { DescribeAppKeySet, DescribeGenAuth } from './genauth.openapi';
import { isRegisteredApp } from './presented-app';

/** The key set below the name of an application, where later releases of the SDK look for it. All applications have the same. */
@DescribeGenAuth()
@Controller(':appId/oidc/.well-known')
@Public()
@RateLimit('none')
export class AppKeySetController {
  constructor(
    private readonly tokens: TokenService,
    @Inject(Settings) private readonly settings: Pick<Settings, 'OAUTH_CLIENTS'>,
  ) {}

  @DescribeAppKeySet()
  @Get('jwks.json')
  async jwks(
    @Param('appId') appId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ readonly keys: readonly JsonWebKey[] }> {
    if (!isRegisteredApp(appId, this.settings)) throw new GatehouseError('NOT_FOUND');
    const keys = await this.tokens.publicKeys();
    void reply.header('Cache-Control', `public, max-age=${jwksMaxAgeSeconds}`);
    return { keys };
  }
}
