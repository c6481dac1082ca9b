import { applyDecorators } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiOperation,
  ApiParam,
  ApiProperty,
  ApiQuery,
  ApiTags,
} from '../common/api-description';
import { DescribeErrors } from '../common/openapi';
import { adminScope, sessionsScope } from '../config/scopes';
import { clearsCookie, describeSuccess, session, user } from './auth.openapi';
import { OwnSessionView, SessionOfView } from './views';

class EndedView {
  @ApiProperty({ type: 'integer', description: 'How many sessions were live and have ended.', example: 3 })
  readonly ended!: number;
}

const bearerErrors = [
  'UNAUTHORIZED',
  'INVALID_TOKEN',
  'TOKEN_EXPIRED',
  'FORBIDDEN',
  'INSUFFICIENT_SCOPE',
] as const;

const ownScope = `The token of a client needs the scope \`${sessionsScope}\`.`;
const othersScope = `For bearers with ADMIN_ROLE. The token of a client needs the scope \`${adminScope}\` besides.`;

export const DescribeAdminApi = () => ApiTags('Administration');

export const DescribeSessions = () =>
  applyDecorators(
    ApiOperation({ summary: 'The own sessions', description: ownScope, operationId: 'sessions' }),
    ApiBearerAuth('access_token'),
    describeSuccess('The one used last comes first', { listOf: OwnSessionView }, 'Operación exitosa', [
      { ...session, current: true },
    ]),
    DescribeErrors(...bearerErrors),
  );

export const DescribeEndSession = () =>
  applyDecorators(
    ApiOperation({
      summary: 'End one of the own sessions',
      description: ownScope,
      operationId: 'endSession',
    }),
    ApiBearerAuth('access_token'),
    ApiParam({ name: 'id', description: 'The `id` of a session in the list.', schema: { type: 'string' } }),
    describeSuccess('Ended', null, 'Sesión cerrada', null, clearsCookie),
    DescribeErrors(...bearerErrors, 'NOT_FOUND', 'ORIGIN_NOT_ALLOWED'),
  );

export const DescribeEndSessions = () =>
  applyDecorators(
    ApiOperation({
      summary: 'End all of the own sessions, or all others',
      description: ownScope,
      operationId: 'endSessions',
    }),
    ApiBearerAuth('access_token'),
    describeSuccess('Ended', EndedView, 'Sesiones cerradas', { ended: 3 }, clearsCookie),
    DescribeErrors(...bearerErrors, 'VALIDATION_ERROR', 'ORIGIN_NOT_ALLOWED'),
  );

export const DescribeSessionsOf = () =>
  applyDecorators(
    ApiOperation({
      summary: 'The sessions of somebody',
      description: othersScope,
      operationId: 'sessionsOf',
    }),
    ApiBearerAuth('access_token'),
    describeUser(),
    describeSuccess('Needs ADMIN_ROLE', { listOf: SessionOfView }, 'Operación exitosa', [
      { ...session, user },
    ]),
    DescribeErrors(...bearerErrors, 'VALIDATION_ERROR'),
  );

export const DescribeEndSessionsOf = () =>
  applyDecorators(
    ApiOperation({
      summary: 'End all sessions of somebody',
      description: othersScope,
      operationId: 'endSessionsOf',
    }),
    ApiBearerAuth('access_token'),
    describeUser(),
    describeSuccess('Needs ADMIN_ROLE', EndedView, 'Sesiones cerradas', { ended: 3 }),
    DescribeErrors(...bearerErrors, 'VALIDATION_ERROR', 'ORIGIN_NOT_ALLOWED'),
  );

function describeUser(): MethodDecorator {
  const description = 'A subject (`sub`), or a login name that somebody has used of late.';
  return ApiQuery({
    name: 'user',
    required: true,
    description,
    example: 'alice',
    schema: { type: 'string' },
  });
}
