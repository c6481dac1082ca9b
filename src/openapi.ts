import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { cookieName } from './auth/cookie';
import { refreshCookieName } from './auth/refresh-cookie';
import { sessionCookieName } from './auth/session-cookie';
import { Settings } from './config/settings';

/** Serves the description of the API: the page at `/docs`, the file at `/openapi.json`. */
export function publishOpenApi(app: NestFastifyApplication): void {
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
  const description = builder.build();
  // Made at the first request, so that no start waits for it.
  const document = () => SwaggerModule.createDocument(app, description);
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Gatehouse API',
  });
}
