import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiExcludeController } from '../../common/api-description';
import { namesEntityTag } from '../../common/entity-tag';
import { GatehouseError } from '../../common/gatehouse-error';
import { Public } from '../../common/public.decorator';
import { RateLimit } from '../../common/rate-limit.decorator';
import { Settings } from '../../config/settings';
import { type Asset, brandOf } from './brand';
import { pagePaths } from './paths';

/** For somebody who opens an image by its address: an SVG file could hold scripts. */
const imagePolicy = "default-src 'none';style-src 'unsafe-inline';frame-ancestors 'none';sandbox";

/** The style and the images of the pages. */
@ApiExcludeController()
@Controller(pagePaths.assets)
export class AssetsController {
  constructor(@Inject(Settings) private readonly settings: Settings) {}

  @Get(':file')
  @Public()
  @RateLimit('none')
  show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const path = request.url.split('?', 1)[0] ?? '';
    const asset = this.assetAt(path);
    if (!asset) throw new GatehouseError('NOT_FOUND');
    const tag = `"${hashIn(asset.path)}"`;
    void reply.headers({
      'Cache-Control': path === asset.path ? 'public, max-age=31536000, immutable' : 'no-cache',
      ETag: tag,
      'Content-Type': asset.mediaType,
      'Content-Security-Policy': imagePolicy,
    });
    if (namesEntityTag(request.headers['if-none-match'], tag)) void reply.status(304).send();
    else void reply.send(asset.content);
  }

  /** With another hash too: while gateways are replaced one by one, a page of the older may ask the newer. */
  private assetAt(path: string): Asset | undefined {
    const wanted = withoutHash(path);
    return brandOf(this.settings).assets.find((asset) => withoutHash(asset.path) === wanted);
  }
}

const hashed = /\.([\w-]{16})\.(\w+)$/;

function withoutHash(path: string): string {
  return path.replace(hashed, '.$2');
}

function hashIn(path: string): string {
  return hashed.exec(path)?.[1] ?? '';
}
