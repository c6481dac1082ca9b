import { applyDecorators } from '@nestjs/common';
import {
  ApiBasicAuth,
  ApiBearerAuth,
  ApiBody,
  ApiCookieAuth,
  ApiExtraModels,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '../common/api-description';
import { bodyErrors, DescribeErrors } from '../common/openapi';
import { codeOfRefusal } from './refusals';
import { ScopedUserView, SessionView, UserView } from './views';

class PasswordView {
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Seconds until the password expires, where the source says so.',
  })
  readonly seconds_until_expiration?: number;

  @ApiProperty({ description: 'True when the person must choose a new password.' })
  readonly must_change!: boolean;
}

class TokenView {
  @ApiProperty({
    description:
      'RFC 9068 JWT; verify it by `/.well-known/jwks.json`. In relay mode the token of the source itself.',
    example: 'eyJhbGciOiJFUzI1NiIs…',
  })
  readonly access_token!: string;

  @ApiProperty({ enum: ['Bearer'] })
  readonly token_type!: string;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'Seconds. Absent only in relay mode, where a token of the source does not say when it ends.',
    example: 900,
  })
  readonly expires_in?: number;

  @ApiPropertyOptional({
    description:
      'Only where the refresh token travels in the body; in relay mode only where the source gave one.',
  })
  readonly refresh_token?: string;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'Seconds. Only with `refresh_token`, and not in relay mode: only the source knows.',
    example: 86400,
  })
  readonly refresh_expires_in?: number;

  @ApiPropertyOptional({ description: 'Where the login named a client and the scope `openid`.' })
  readonly id_token?: string;

  @ApiPropertyOptional({
    description: 'What the client was granted, where the login named one.',
    example: 'openid profile',
  })
  readonly scope?: string;
}

class LoginView extends TokenView {
  @ApiPropertyOptional({
    type: ScopedUserView,
    description:
      'Absent only in relay mode, where the token of the source could not be verified at that moment.',
  })
  readonly user?: ScopedUserView;

  @ApiPropertyOptional({
    type: PasswordView,
    description: 'Where the source knows something of the password.',
  })
  readonly password?: PasswordView;
}

class MeView {
  @ApiProperty({
    type: ScopedUserView,
    description:
      'Whole for a token of the native API. For the token of a client by its scope: `profile`, `email`, `groups`, `roles`.',
  })
  readonly user!: ScopedUserView;

  @ApiPropertyOptional({
    type: SessionView,
    description: 'Absent in relay mode: the source keeps the sessions.',
  })
  readonly session?: SessionView;
}

export const user: UserView = {
  sub: 'ldap:6f1c0c5e-6d1f-4f5a-8f3a-0b6a0f3c9a11',
  username: 'alice',
  name: 'Alice Ångström',
  email: 'alice@example.org',
  groups: ['engineers'],
  roles: [],
  strategy: 'ldap',
};
export const session: SessionView = {
  id: 'r4Jb0mC0o1mWkq3Xq1b5dA',
  created_at: '2026-11-21T09:00:00.000Z',
  last_used_at: '2026-11-21T09:15:00.000Z',
  expires_at: '2026-11-22T09:15:00.000Z',
  address: '192.0.2.7',
  user_agent: 'curl/8.5.0',
};
const tokens = { access_token: 'eyJhbGciOiJFUzI1NiIs…', token_type: 'Bearer', expires_in: 900 };

export const DescribeNativeApi = () => ApiTags('Native API');

const loginExamples = {
  cookie: { summary: 'Refresh token as a cookie', value: { usuario: 'demo', contrasenia: 'the password' } },
  body: {
    summary: 'Refresh token in the body, for clients without a cookie jar',
    value: { usuario: 'demo', contrasenia: 'the password', token_delivery: 'body' },
  },
  english: { summary: 'English names', value: { username: 'demo', password: 'the password' } },
};

/** `body` is the class of the request, which lives with its controller. */
export const DescribeLogin = (body: new () => object) =>
  applyDecorators(
    ApiOperation({ summary: 'Log in with a name and a password', operationId: 'login' }),
    ApiBody({ type: body, examples: loginExamples }),
    describeSuccess('Logged in', LoginView, 'Inicio de sesión exitoso', { ...tokens, user }, setsCookie),
    DescribeErrors(
      ...bodyErrors,
      ...new Set(Object.values(codeOfRefusal)),
      'INVALID_CLIENT',
      'INVALID_SCOPE',
    ),
    ApiBasicAuth('client_secret_basic'),
  );

export const DescribeRefresh = (body: new () => object) =>
  applyDecorators(
    ApiOperation({ summary: 'Get a new access token and the next refresh token', operationId: 'refresh' }),
    ApiBody({ type: body, required: false }),
    ApiCookieAuth('refreshToken'),
    describeSuccess('Refreshed', TokenView, 'Token renovado', tokens, setsCookie),
    DescribeErrors(
      ...bodyErrors,
      'NO_REFRESH_COOKIE',
      'REFRESH_TOKEN_INVALID',
      'REFRESH_TOKEN_EXPIRED',
      'REFRESH_TOKEN_REUSED',
    ),
  );

export const DescribeLogout = (body: new () => object) =>
  applyDecorators(
    ApiOperation({ summary: 'End the session', operationId: 'logout' }),
    ApiBody({ type: body, required: false }),
    ApiCookieAuth('refreshToken'),
    describeSuccess('Logged out, also without a session', null, 'Sesión cerrada', null, clearsCookie),
    DescribeErrors(...bodyErrors),
  );

export const DescribeMe = () =>
  applyDecorators(
    ApiOperation({ summary: 'Who the access token speaks for', operationId: 'me' }),
    ApiBearerAuth('access_token'),
    describeSuccess('The person and the session', MeView, 'Operación exitosa', { user, session }),
    DescribeErrors('UNAUTHORIZED', 'INVALID_TOKEN', 'TOKEN_EXPIRED'),
  );

const passwordExamples = {
  spanish: { value: { usuario: 'demo', contrasenia: 'the password', nueva_contrasenia: 'another password' } },
  english: {
    summary: 'English names',
    value: { username: 'demo', password: 'the password', new_password: 'another password' },
  },
};

/** `body` is the class of the request, which lives with its controller. */
export const DescribePassword = (body: new () => object) =>
  applyDecorators(
    ApiOperation({ summary: 'Change the own password, also an expired one', operationId: 'changePassword' }),
    ApiBody({ type: body, examples: passwordExamples }),
    describeSuccess(
      'Changed; all other sessions of the person have ended',
      null,
      'Contraseña cambiada',
      null,
    ),
    DescribeErrors(...bodyErrors, ...new Set(Object.values(codeOfRefusal)), 'FORBIDDEN', 'PASSWORD_REJECTED'),
  );

const setsCookie =
  'The refresh token, unless it travels in the body or the source gave none: `refreshToken=…; Path=/api/auth; HttpOnly; …`. ' +
  'At a login of one’s own besides the device cookie: `gatehouse_device=…; Path=/; HttpOnly; …`';
export const clearsCookie = 'Clears `refreshToken`';

/** The class of `data`, the class of its items, or null for none. */
type DescribedData = (new () => object) | { readonly listOf: new () => object } | null;

/** The envelope of a success. */
export function describeSuccess(
  description: string,
  data: DescribedData,
  message: string,
  example: unknown,
  cookie?: string,
): MethodDecorator {
  const view = typeof data === 'function' ? data : data?.listOf;
  return applyDecorators(
    ...(view ? [ApiExtraModels(view)] : []),
    ApiResponse({
      status: 200,
      description,
      headers: cookie ? { 'Set-Cookie': { description: cookie, schema: { type: 'string' } } } : {},
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['status', 'message', 'data'],
            properties: {
              status: { type: 'string', enum: ['success'] },
              message: { type: 'string' },
              data: schemaOf(data),
            },
          },
          example: { status: 'success', message, data: example },
        },
      },
    }),
  );
}

function schemaOf(data: DescribedData) {
  if (data === null) return { type: 'object' as const, nullable: true };
  return typeof data === 'function'
    ? { $ref: getSchemaPath(data) }
    : { type: 'array' as const, items: { $ref: getSchemaPath(data.listOf) } };
}
