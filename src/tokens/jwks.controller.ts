import type { JsonWebKey } from 'node:crypto';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import { TokenService } from './token.service';

/** Publishes the keys by which anybody can verify our access tokens. */
@ApiExcludeController()
@Controller('.well-known')
@Public()
@RateLimit('none')
export class JwksController {
  constructor(private readonly tokens: TokenService) {}

  @Get('jwks.json')
  @Header('Cache-Control', 'public, max-age=300')
  jwks(): { keys: readonly JsonWebKey[] } {
    return { keys: this.tokens.publicKeys() };
  }
}
