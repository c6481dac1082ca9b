import type { JsonWebKey } from 'node:crypto';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import { TokenService } from './token.service';

/** Publishes the keys by which anybody can verify our access tokens. */
@ApiTags('Keys')
@Controller('.well-known')
@Public()
@RateLimit('none')
export class JwksController {
  constructor(private readonly tokens: TokenService) {}

  @ApiOperation({ summary: 'The public keys that verify access tokens (RFC 7517)', operationId: 'jwks' })
  @ApiResponse({
    status: 200,
    description: 'Empty with HS256, whose key is no public one, and in relay mode, where the source signs',
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['keys'],
          properties: { keys: { type: 'array', items: { type: 'object', additionalProperties: true } } },
        },
        example: {
          keys: [{ kty: 'EC', crv: 'P-256', x: 'ieiw…', y: '_uMh…', kid: 'SBnO…', alg: 'ES256', use: 'sig' }],
        },
      },
    },
  })
  @Get('jwks.json')
  @Header('Cache-Control', 'public, max-age=300')
  jwks(): { keys: readonly JsonWebKey[] } {
    return { keys: this.tokens.publicKeys() };
  }
}
