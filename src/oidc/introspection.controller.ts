import { Body, Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ClientDoor } from '../clients/client-door';
import { ReadsBody } from '../common/body-forms';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import { Context, type RequestContext } from '../common/request-context';
import { issuerOf } from '../config/issuer';
import type { OAuthClient } from '../config/client-settings';
import { Settings } from '../config/settings';
import type { PeekedRefresh } from '../sessions/session.service';
import { AskedTokenBody } from './asked-token-body';
import { endpoints } from './endpoints';
import { DescribeIntrospection, DescribeOidc } from './oidc.openapi';
import { throughOidcDoor } from './oidc-visit';
import { type LiveAccessToken, TokenLookup } from './token-lookup';

type IntrospectionAnswer = Readonly<Record<string, unknown>> & { readonly active: boolean };

const inactive: IntrospectionAnswer = { active: false };

/** Tells clients what a token is good for at this moment: RFC 7662. A resource server needs no key then, and sees an ended session at once. */
@DescribeOidc()
@Controller(endpoints.introspection)
@Public()
@RateLimit('none')
export class IntrospectionController {
  constructor(
    private readonly door: ClientDoor,
    private readonly lookup: TokenLookup,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  @DescribeIntrospection(AskedTokenBody)
  @Post()
  @HttpCode(200)
  @ReadsBody('form')
  async introspect(
    @Body() { token }: AskedTokenBody,
    @Req() request: FastifyRequest,
    @Context() context: RequestContext,
  ): Promise<IntrospectionAnswer> {
    const client = await this.door.ofRequest(request, throughOidcDoor(context));
    const access = await this.lookup.accessToken(token);
    if (access) return this.mayKnow(client, access) ? answerOfAccess(access) : inactive;
    const refresh = await this.lookup.refreshToken(token);
    return refresh && this.door.owns(client, refresh.session) ? this.answerOfRefresh(refresh) : inactive;
  }

  /** Who has no secret is anybody, and learns only of what is his. */
  private mayKnow(client: OAuthClient, { session }: LiveAccessToken): boolean {
    return client.secretHashes.length > 0 || this.door.owns(client, session);
  }

  private answerOfRefresh({ session, expiresAtSeconds }: PeekedRefresh): IntrospectionAnswer {
    const { identity, grant } = session;
    return {
      active: true,
      ...(grant && grant.scope.length > 0 && { scope: grant.scope.join(' ') }),
      client_id: grant?.clientId ?? this.settings.JWT_CLIENT_ID,
      username: identity.username,
      exp: expiresAtSeconds,
      sub: identity.subject,
      iss: issuerOf(this.settings),
      sid: session.id,
      auth_time: Math.floor(session.createdAtMs / 1000),
    };
  }
}

/** All that the token says, so that a resource server finds the same members as one that verifies by itself. */
function answerOfAccess({ claims, session }: LiveAccessToken): IntrospectionAnswer {
  return { ...claims, active: true, username: session.identity.username, token_type: 'Bearer' };
}
