import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Of the package that comes with `@nestjs/swagger`, what the page asks for, and no other file of it. */
const files = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-16x16.png': 'image/png',
  'favicon-32x32.png': 'image/png',
} as const;
/** They change with a release, and the address stays. */
const maxAgeSeconds = 600;

/** In a file of its own, because the page's policy allows no script inside it. */
const initialScript = `SwaggerUIBundle({
  url: new URL('../openapi.json', document.currentScript.src).href,
  dom_id: '#swagger-ui',
  deepLinking: true,
});
`;

/** Serves the page that shows the description, at `/docs`. Nothing of it is read before somebody looks at it. */
export function serveApiPage(server: FastifyInstance): void {
  const contents = new Map<string, Promise<Buffer>>();
  const send = async (name: string, type: string, reply: FastifyReply) => {
    const content = contents.get(name) ?? readFile(pathOf(name));
    contents.set(name, content);
    content.catch(() => contents.delete(name));
    return reply
      .headers({ 'Content-Type': type, 'Cache-Control': `public, max-age=${maxAgeSeconds}` })
      .send(await content);
  };
  for (const [path, base] of [
    ['/docs', './docs/'],
    ['/docs/', './'],
    ['/docs/index.html', './'],
  ] as const) {
    server.get(path, (_request, reply) => reply.type('text/html; charset=utf-8').send(pageOf(base)));
  }
  server.get('/docs/swagger-ui-init.js', (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(initialScript),
  );
  for (const [name, type] of Object.entries(files)) {
    server.get(`/docs/${name}`, (_request, reply) => send(name, type, reply));
  }
}

/** The package stands wherever npm has put it for `@nestjs/swagger`. */
function pathOf(name: string): string {
  const nearSwagger = createRequire(createRequire(__filename).resolve('@nestjs/swagger'));
  return join(nearSwagger.resolve('swagger-ui-dist/package.json'), '..', name);
}

function pageOf(base: string): string {
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="UTF-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Gatehouse API</title>
    <link rel="stylesheet" href="${base}swagger-ui.css">
    <link rel="icon" type="image/png" href="${base}favicon-32x32.png" sizes="32x32">
    <link rel="icon" type="image/png" href="${base}favicon-16x16.png" sizes="16x16">
    <style>body { margin: 0; background: #fafafa; }</style>
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="${base}swagger-ui-bundle.js"></script>
    <script src="${base}swagger-ui-init.js"></script>
  </body>
</html>
`;
}
