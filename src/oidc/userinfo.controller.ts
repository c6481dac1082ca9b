import { Body, Controller, Get, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { IsOptional, IsString } from '../common/body-rules';
import { ApiPropertyOptional } from '../common/api-description';
import type { Bearer } from '../auth/access-check';
import { CurrentBearer } from '../auth/access-token.guard';
import { AlsoTakesAccess } from '../auth/access-ways.decorator';
import { ReadsBody } from '../common/body-forms';
import { GatehouseError } from '../common/gatehouse-error';
import { RateLimit } from '../common/rate-limit.decorator';
import { scopedClaims } from '../tokens/scoped-claims';
import { endpoints } from './endpoints';
import { DescribeOidc, DescribeUserinfo } from './oidc.openapi';

/** RFC 6750 section 2.2. */
export class UserinfoBody {
  @ApiPropertyOptional({ description: 'The access token, where it is not in the header.' })
  @IsOptional()
  @IsString()
  access_token?: string;
}

type Userinfo = Readonly<Record<string, unknown>> & { readonly sub: string };

/** Who the access token speaks for, as far as its scope goes: OpenID Connect Core 1.0 section 5.3. */
@DescribeOidc()
@Controller(endpoints.userinfo)
@RateLimit('none')
export class UserinfoController {
  @DescribeUserinfo('userinfo')
  @Get()
  get(@CurrentBearer() bearer: Bearer): Userinfo {
    return userinfoOf(bearer);
  }

  @DescribeUserinfo('userinfoByPost', UserinfoBody)
  @Post()
  @HttpCode(200)
  @ReadsBody('form')
  @AlsoTakesAccess('body')
  post(
    @Body() body: UserinfoBody,
    @Req() request: FastifyRequest,
    @CurrentBearer() bearer: Bearer,
  ): Userinfo {
    if (body.access_token !== undefined && request.headers.authorization !== undefined) throw twoWays();
    return userinfoOf(bearer);
  }
}

/** A token of the native API has no scope and may ask for everything. */
function userinfoOf({ identity, scope }: Bearer): Userinfo {
  if (scope && !scope.includes('openid')) throw new GatehouseError('INSUFFICIENT_SCOPE');
  return { sub: identity.subject, ...scopedClaims(identity, scope) };
}

/** RFC 6750 section 2. */
function twoWays(): GatehouseError {
  const text = { es: 'no puede venir de dos maneras', en: 'must not come in two ways' };
  return new GatehouseError('VALIDATION_ERROR', { fields: [{ campo: 'access_token', text }] });
}
