import { Controller, Get, Headers, Inject, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ApiExcludeEndpoint } from '../common/api-description';
import { entityTagOf, namesEntityTag } from '../common/entity-tag';
import { GatehouseError } from '../common/gatehouse-error';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import { issuerAddress, issuerOf } from '../config/issuer';
import { jwksMaxAgeSeconds } from '../config/key-settings';
import { Settings } from '../config/settings';
import { TokenService } from '../tokens/token.service';
import { type DiscoveryDocument, discoveryDocument } from './discovery-document';
import { DescribeDiscovery, DescribeOidc } from './oidc.openapi';

/** Tells clients where everything is: OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3. */
@DescribeOidc()
@Controller('.well-known')
@Public()
@RateLimit('none')
export class DiscoveryController {
  constructor(
    private readonly tokens: TokenService,
    @Inject(Settings) private readonly settings: Settings,
  ) {}

  @DescribeDiscovery('openidConfiguration')
  @Get('openid-configuration')
  openidConfiguration(
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DiscoveryDocument | undefined> {
    return this.answer(known, reply);
  }

  @DescribeDiscovery('authorizationServerMetadata')
  @Get('oauth-authorization-server')
  authorizationServerMetadata(
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DiscoveryDocument | undefined> {
    return this.answer(known, reply);
  }

  /** RFC 8414 section 3.1: the path of an issuer that has one stands behind the well-known name. */
  @ApiExcludeEndpoint()
  @Get('oauth-authorization-server/*')
  ofPath(
    @Param('*') asked: unknown,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DiscoveryDocument | undefined> {
    const own = decodedPath(issuerAddress(this.settings)?.pathname ?? '').replace(/^\/|\/$/g, '');
    if (own === '' || asked !== own)
      throw new GatehouseError('NOT_FOUND', { detail: 'not the path of JWT_ISSUER' });
    return this.answer(known, reply);
  }

  private async answer(
    known: string | undefined,
    reply: FastifyReply,
  ): Promise<DiscoveryDocument | undefined> {
    if (!issuerAddress(this.settings)) throw nowhere();
    const document = discoveryDocument(issuerOf(this.settings), await this.algorithms());
    const tag = entityTagOf(document);
    // Kept no longer than the key set: a new algorithm must be known before it signs.
    void reply.headers({ 'Cache-Control': `public, max-age=${jwksMaxAgeSeconds}`, ETag: tag });
    if (!namesEntityTag(known, tag)) return document;
    void reply.status(304);
    return undefined;
  }

  private async algorithms(): Promise<readonly string[]> {
    const keys = await this.tokens.publicKeys();
    return [...new Set(keys.map((key) => key['alg']).filter((name) => typeof name === 'string'))];
  }
}

/** As the parameters of a route are. A path that cannot be decoded was not encoded. */
function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function nowhere(): GatehouseError {
  const text = {
    es: 'El emisor de los tokens (JWT_ISSUER) no es una dirección http o https, así que no hay nada que descubrir',
    en: 'The issuer of the tokens (JWT_ISSUER) is no http or https address, so there is nothing to discover',
  };
  return new GatehouseError('NOT_FOUND', { text, detail: 'JWT_ISSUER is no URL' });
}
