import type { JsonWebKey } from 'node:crypto';
import { applyDecorators, Controller, Get, Headers, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ApiOperation, ApiResponse, ApiTags } from '../common/api-description';
import { entityTagOf, namesEntityTag } from '../common/entity-tag';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import { jwksMaxAgeSeconds } from '../config/key-settings';
import { TokenService } from './token.service';

/** Describes a route that publishes the key set. Each needs a name of its own. */
export const DescribeKeySet = (operationId: string): MethodDecorator =>
  applyDecorators(
    ApiOperation({ summary: 'The public keys that verify access tokens (RFC 7517)', operationId }),
    ApiResponse({
      status: 200,
      description: 'Empty with HS256, whose key is no public one, and in relay mode, where the source signs',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['keys'],
            properties: {
              keys: { type: 'array', items: { type: 'object', additionalProperties: true } },
            },
          },
          example: {
            keys: [
              { kty: 'EC', crv: 'P-256', x: 'ieiw…', y: '_uMh…', kid: 'SBnO…', alg: 'ES256', use: 'sig' },
            ],
          },
        },
      },
    }),
    ApiResponse({ status: 304, description: 'The key set is the one that `If-None-Match` names' }),
  );

/** Publishes the keys by which anybody can verify our access tokens. */
@ApiTags('Keys')
@Controller('.well-known')
@Public()
@RateLimit('none')
export class JwksController {
  constructor(private readonly tokens: TokenService) {}

  @DescribeKeySet('jwks')
  @Get('jwks.json')
  async jwks(
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeySet | undefined> {
    const body = { keys: await this.tokens.publicKeys() };
    const etag = entityTagOf(body);
    void reply.headers({ 'Cache-Control': `public, max-age=${jwksMaxAgeSeconds}`, ETag: etag });
    if (!namesEntityTag(known, etag)) return body;
    void reply.status(304);
    return undefined;
  }
}

/** A JWK Set (RFC 7517 section 5). */
export interface KeySet {
  readonly keys: readonly JsonWebKey[];
}
