import { Controller, Get, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { JsonWebKey } from 'node:crypto';
import { ClientRegistry } from '../../clients/client-registry';
import { GatehouseError } from '../../common/gatehouse-error';
import { Public } from '../../common/public.decorator';
import { RateLimit } from '../../common/rate-limit.decorator';
import { jwksMaxAgeSeconds } from '../../config/key-settings';
import { TokenService } from '../../tokens/token.service';
import { DescribeAppKeySet, DescribeGenAuth } from './genauth.openapi';

/** The key set below the name of an application, where later releases of the SDK look for it. All applications have the same. */
@DescribeGenAuth()
@Controller(':appId/oidc/.well-known')
@Public()
@RateLimit('none')
export class AppKeySetController {
  constructor(
    private readonly tokens: TokenService,
    private readonly clients: ClientRegistry,
  ) {}

  @DescribeAppKeySet()
  @Get('jwks.json')
  async jwks(
    @Param('appId') appId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ readonly keys: readonly JsonWebKey[] }> {
    if (!this.clients.find(appId)) throw new GatehouseError('NOT_FOUND');
    const keys = await this.tokens.publicKeys();
    void reply.header('Cache-Control', `public, max-age=${jwksMaxAgeSeconds}`);
    return { keys };
  }
}
