import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { IsDefined, IsOptional, IsString, MaxLength } from '../common/body-rules';
import { ApiProperty, ApiPropertyOptional } from '../common/api-description';
import { AuthService, type IssuedTokens } from '../auth/auth.service';
import { longestRefreshToken } from '../auth/presented-tokens';
import { requestedScope } from '../clients/grant';
import { ClientDoor } from '../clients/client-door';
import { ReadsBody } from '../common/body-forms';
import { GatehouseError } from '../common/gatehouse-error';
import { Public } from '../common/public.decorator';
import { Context, type RequestContext } from '../common/request-context';
import { longestScope } from '../config/client-settings';
import { ClientBody } from './client-body';
import { endpoints } from './endpoints';
import { DescribeOidc, DescribeToken } from './oidc.openapi';
import { throughOidcDoor } from './oidc-visit';

/** What a client sends who wants tokens: RFC 6749 section 6. */
export class TokenBody extends ClientBody {
  @ApiProperty({ enum: ['refresh_token'] })
  @IsDefined()
  @MaxLength(128)
  @IsString()
  grant_type!: string;

  @ApiPropertyOptional({ maxLength: longestRefreshToken, description: 'The newest one of the session.' })
  @IsOptional()
  @MaxLength(longestRefreshToken)
  @IsString()
  refresh_token?: string;

  @ApiPropertyOptional({
    maxLength: longestScope,
    example: 'openid profile',
    description: 'Less than was granted, for this access token alone.',
  })
  @IsOptional()
  @MaxLength(longestScope)
  @IsString()
  scope?: string;
}

/** RFC 6749 section 5.1; `id_token` by OpenID Connect Core 1.0 section 12.2. */
interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in?: number;
  readonly refresh_token?: string;
  readonly scope?: string;
  readonly id_token?: string;
}

/** The token endpoint, for the one grant that there is: a refresh. People log in at the native API or in a dialect. */
@DescribeOidc()
@Controller(endpoints.token)
@Public()
export class TokenController {
  constructor(
    private readonly door: ClientDoor,
    private readonly auth: AuthService,
  ) {}

  @DescribeToken(TokenBody)
  @Post()
  @HttpCode(200)
  @ReadsBody('form')
  async token(
    @Body() body: TokenBody,
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenAnswer> {
    const { clientId } = await this.door.ofRequest(request, throughOidcDoor(context));
    if (body.grant_type !== 'refresh_token') throw new GatehouseError('UNSUPPORTED_GRANT_TYPE');
    if (body.refresh_token === undefined) throw missing('refresh_token');
    const scope = requestedScope(body.scope);
    const client = { clientId, ...(scope && { scope }) };
    const issued = await this.auth.refresh(body.refresh_token, throughOidcDoor(context), client);
    void reply.header('Pragma', 'no-cache');
    return answerOf(issued);
  }
}

function answerOf({
  accessToken,
  expiresInSeconds,
  refreshToken,
  scope,
  idToken,
}: IssuedTokens): TokenAnswer {
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresInSeconds,
    refresh_token: refreshToken,
    ...(scope && scope.length > 0 && { scope: scope.join(' ') }),
    ...(idToken !== undefined && { id_token: idToken }),
  };
}

function missing(campo: string): GatehouseError {
  return new GatehouseError('VALIDATION_ERROR', {
    fields: [{ campo, text: { es: 'es obligatorio', en: 'is required' } }],
  });
}
