import type { FastifyReply } from 'fastify';
import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiTags } from '../common/api-description';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import { DescribeKeySet, JwksController, type KeySet } from '../tokens/jwks.controller';
import { TokenService } from '../tokens/token.service';
import { endpoints } from './endpoints';

/** The same key set as at `/.well-known/jwks.json`, where clients of other providers look for it. */
@ApiTags('Keys')
@Controller(endpoints.keys)
@Public()
@RateLimit('none')
export class KeySetController extends JwksController {
  constructor(tokens: TokenService) {
    super(tokens);
  }

  @DescribeKeySet('oidcJwks')
  @Get('jwks.json')
  override jwks(
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeySet | undefined> {
    return super.jwks(known, reply);
  }
}
