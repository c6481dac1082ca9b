import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveApiPage } from './api-page';
import { cookieName } from './auth/cookie';
import { refreshCookieName } from './auth/refresh-cookie';
import { sessionCookieName } from './auth/session-cookie';
import { describedLibrary } from './common/api-description';
import { Settings } from './config/settings';

/** Serves the description of the API: the page at `/docs`, the file at `/openapi.json`, which is made when it is first asked for. */
export function publishOpenApi(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  let description: string | undefined;
  server.get('/openapi.json', (_request, reply) => {
    description ??= JSON.stringify(describe(app));
    return reply.type('application/json; charset=utf-8').send(description);
  });
  serveApiPage(server);
}

function describe(app: NestFastifyApplication): object {
  const { DocumentBuilder, SwaggerModule } = describedLibrary();
  const settings = app.get<Settings>(Settings);
  const inCookie = { type: 'apiKey', in: 'cookie' } as const;
  const builder = new DocumentBuilder()
    .setTitle('Gatehouse')
    .setDescription(
      'Turns the logins of a directory, a legacy service or a users file into JWTs and refresh tokens.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'access_token')
    .addBasicAuth({ type: 'http', scheme: 'basic' }, 'client_secret_basic')
    .addCookieAuth(cookieName(settings, refreshCookieName), inCookie, refreshCookieName);
  if (settings.COMPAT.includes('django')) {
    builder.addCookieAuth(cookieName(settings, sessionCookieName), inCookie, sessionCookieName);
  }
  return SwaggerModule.createDocument(app, builder.build());
}
