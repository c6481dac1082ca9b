import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Controller, Get, Headers, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ApiExcludeController } from '../../common/api-description';
import { namesEntityTag } from '../../common/entity-tag';
import { GatehouseError } from '../../common/gatehouse-error';
import { Public } from '../../common/public.decorator';
import { RateLimit } from '../../common/rate-limit.decorator';
import { describeError } from '../../common/system-error';

interface ClientFile {
  readonly text: Buffer;
  readonly etag: string;
}

/** Where `scripts/build-client.js` puts the files, seen from the built gateway and from its sources alike. */
const folder = join(__dirname, '../../../dist/web/client');
/** Short, because the address stays the same: pages get a newer client within ten minutes. */
const maxAgeSeconds = 600;

/** The client for single-page applications, for pages of any origin: it is a file like those of a content delivery network. */
@ApiExcludeController()
@Controller('client')
@Public()
@RateLimit('none')
export class ClientFilesController {
  private readonly files = new Map<string, Promise<ClientFile>>();

  @Get('gatehouse.js')
  script(@Headers('if-none-match') known: string | undefined, @Res() reply: FastifyReply): Promise<void> {
    void reply.header('Content-Type', 'text/javascript; charset=utf-8');
    return this.send('gatehouse.js', known, reply);
  }

  /** There is no registered media type for TypeScript; this one is what package hosts and Deno use. */
  @Get('gatehouse.d.ts')
  types(@Headers('if-none-match') known: string | undefined, @Res() reply: FastifyReply): Promise<void> {
    void reply.header('Content-Type', 'application/typescript; charset=utf-8');
    return this.send('gatehouse.d.ts', known, reply);
  }

  private async send(name: string, known: string | undefined, reply: FastifyReply): Promise<void> {
    const { text, etag } = await this.file(name);
    // The same for every origin, so that caches need not tell them apart.
    void reply.removeHeader('Access-Control-Allow-Credentials').removeHeader('Vary');
    void reply.headers({
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'Cache-Control': `public, max-age=${maxAgeSeconds}`,
      ETag: etag,
    });
    if (namesEntityTag(known, etag)) void reply.status(304).send();
    else void reply.send(text);
  }

  /** Read once, so that a file changes only together with the process that it belongs to. */
  private file(name: string): Promise<ClientFile> {
    const file = this.files.get(name) ?? readClientFile(name);
    this.files.set(name, file);
    file.catch(() => this.files.delete(name));
    return file;
  }
}

/** @throws GatehouseError NOT_FOUND when it was not built, as by `nest build` alone */
async function readClientFile(name: string): Promise<ClientFile> {
  try {
    const text = await readFile(join(folder, name));
    const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
    return { text, etag };
  } catch (error) {
    throw new GatehouseError('NOT_FOUND', { detail: `The client is not built: ${describeError(error)}` });
  }
}
