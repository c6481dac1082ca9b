import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiCookieAuth,
  ApiOperation,
  ApiProperty,
  ApiResponse,
  ApiTags,
} from '../../common/api-description';
import { longestPassword, longestUsername } from '../../auth/credential-fields';
import { deviceCookieName } from '../../auth/device-cookie';
import { sessionCookieName } from '../../auth/session-cookie';
import { DjangoPerson } from './person';

class DjangoLoginBody {
  @ApiProperty({ maxLength: longestUsername, example: 'ac12345' })
  readonly username!: string;

  @ApiProperty({ maxLength: longestPassword, example: 'correct horse' })
  readonly password!: string;
}

class DjangoAnswer {
  @ApiProperty({ enum: ['ok'] })
  readonly status!: string;

  @ApiProperty({ example: 'Sesión cerrada' })
  readonly message!: string;
}

class DjangoLoginView extends DjangoPerson {
  @ApiProperty({ enum: ['ok'] })
  readonly status!: string;

  @ApiProperty({ example: 'Login exitoso' })
  readonly message!: string;
}

class DjangoSessionView extends DjangoPerson {
  @ApiProperty({ enum: ['ok'] })
  readonly status!: string;

  @ApiProperty({ example: 'alice' })
  readonly username!: string;

  @ApiProperty({ example: 'alice@example.org', description: 'Empty where the source knows none.' })
  readonly email!: string;
}

/** How the dialect answers an error. */
class DjangoErrorView {
  @ApiProperty({ enum: ['error'] })
  readonly status!: string;

  @ApiProperty({ example: 'Credenciales inválidas' })
  readonly message!: string;
}

const device =
  'Not a device of DJANGO_ALLOWED_IP_PREFIXES: `Acceso denegado: Dispositivo no autorizado.` as plain text';

function describeErrors(descriptions: Readonly<Record<number, string>>): MethodDecorator & ClassDecorator {
  const responses = Object.entries(descriptions).map(([status, description]) =>
    ApiResponse({ status: Number(status), description, type: DjangoErrorView }),
  );
  return applyDecorators(...responses);
}

const everywhere = {
  429: 'Too many requests; `Retry-After`',
  500: 'Internal error',
  503: 'Outage; `Retry-After`',
};

export const DescribeDjango = () => ApiTags('Django dialect');

export const DescribeDjangoLogin = () =>
  applyDecorators(
    ApiOperation({ summary: 'Log in and get a session cookie', operationId: 'djangoLogin' }),
    ApiBody({ type: DjangoLoginBody, description: 'Read as JSON, whatever its Content-Type says.' }),
    ApiResponse({
      status: 200,
      type: DjangoLoginView,
      description: 'Logged in',
      headers: setsCookie('HttpOnly; Max-Age=3600; Path=/; SameSite=Lax', deviceCookieToo),
    }),
    describeErrors({
      400: '`Formato JSON inválido`',
      401: '`Credenciales inválidas`, or the state of the account where the source says it',
      403: `A page of another origin, outside ALLOWED_ORIGINS. ${device}`,
      413: 'Too long a body',
      ...everywhere,
    }),
  );

export const DescribeDjangoLogout = () =>
  applyDecorators(
    ApiOperation({ summary: 'End the session, by any method' }),
    ApiCookieAuth(sessionCookieName),
    ApiResponse({
      status: 200,
      type: DjangoAnswer,
      description: 'Logged out, also without a session',
      headers: setsCookie('HttpOnly; Max-Age=0; Path=/; SameSite=Lax'),
    }),
    describeErrors({
      403: `Loaded ahead, or hidden in a page of another origin, outside ALLOWED_ORIGINS. ${device}`,
      413: 'Too long a body',
      ...everywhere,
    }),
  );

export const DescribeDjangoSession = () =>
  applyDecorators(
    ApiOperation({ summary: 'Who the session cookie speaks for', operationId: 'djangoSession' }),
    ApiCookieAuth(sessionCookieName),
    ApiResponse({
      status: 200,
      type: DjangoSessionView,
      description: 'The person of the live session, whose cookie is renewed',
      headers: setsCookie('HttpOnly; Max-Age=3600; Path=/; SameSite=Lax'),
    }),
    describeErrors({ 401: '`No hay sesión activa`', 403: device, ...everywhere }),
  );

const deviceCookieToo = `, and the device cookie: \`${deviceCookieName}=…; Path=/; HttpOnly; …\``;

function setsCookie(attributes: string, besides = '') {
  const description = `\`${sessionCookieName}=…; ${attributes}\`${besides}`;
  return { 'Set-Cookie': { description, schema: { type: 'string' as const } } };
}
