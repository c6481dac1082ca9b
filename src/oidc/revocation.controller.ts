import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuthService } from '../auth/auth.service';
import { ClientDoor } from '../clients/client-door';
import { ReadsBody } from '../common/body-forms';
import { headerOfJwt } from '../common/compact-jwt';
import { GatehouseError } from '../common/gatehouse-error';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import { Context, type RequestContext } from '../common/request-context';
import type { Session } from '../sessions/session';
import { AskedTokenBody } from './asked-token-body';
import { endpoints } from './endpoints';
import { DescribeOidc, DescribeRevocation } from './oidc.openapi';
import { throughOidcDoor } from './oidc-visit';
import { TokenLookup } from './token-lookup';

/**
 * Lets clients give tokens up: RFC 7009. Either kind ends the session, and with it all its tokens,
 * also one that has expired or is spent: the client wants to be rid of it.
 */
@DescribeOidc()
@Controller(endpoints.revocation)
@Public()
@RateLimit('none')
export class RevocationController {
  constructor(
    private readonly door: ClientDoor,
    private readonly lookup: TokenLookup,
    private readonly auth: AuthService,
  ) {}

  @DescribeRevocation(AskedTokenBody)
  @Post()
  @HttpCode(200)
  @ReadsBody('form')
  async revoke(
    @Body() { token }: AskedTokenBody,
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
  ): Promise<void> {
    const client = await this.door.ofRequest(request, throughOidcDoor(context));
    const session = await this.sessionOf(token);
    // RFC 7009 section 2.2: the client wanted it to be of no use, and so it is.
    if (!session) return;
    if (!this.door.owns(client, session)) throw ofAnother();
    await this.auth.logout({ accessSessionId: session.id }, throughOidcDoor(context));
  }

  /** @throws GatehouseError UNSUPPORTED_TOKEN_TYPE for an ID token: who gives that up must not believe that a session has ended */
  private async sessionOf(token: string): Promise<Session | undefined> {
    const session =
      (await this.lookup.sessionOfAccessToken(token)) ?? (await this.lookup.sessionOfRefreshToken(token));
    if (!session && typeOf(token) === 'JWT') {
      throw new GatehouseError('UNSUPPORTED_TOKEN_TYPE', { detail: 'a JWT that is no access token' });
    }
    return session;
  }
}

/** What a JWT says of its type (RFC 7515 section 4.1.9), whoever wrote it. */
function typeOf(token: string): unknown {
  return headerOfJwt(token)?.['typ'];
}

/** RFC 7009 section 2.1: the client is told. Who holds a token learns nothing new by that. */
function ofAnother(): GatehouseError {
  return new GatehouseError('REFRESH_TOKEN_INVALID', {
    text: { es: 'El token es de otra aplicación cliente', en: 'The token was issued to another client' },
    detail: 'the session belongs to another client',
  });
}
