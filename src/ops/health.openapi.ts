import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiPropertyOptional, ApiResponse } from '@nestjs/swagger';
import { DescribeErrors } from '../common/openapi';
import type { ReadyAnswer } from './readiness';

const states = ['ok', 'failing'];
const sourceStates = ['up', 'degraded', 'down', 'unknown'];

class ReadyView {
  @ApiProperty({ enum: ['ready', 'degraded', 'unready', 'stopping'] })
  readonly status!: string;

  @ApiProperty({ enum: states })
  readonly store!: string;

  @ApiProperty({ enum: states })
  readonly keys!: string;

  @ApiProperty({
    enum: states,
    description: '`failing` while the audit trail cannot be written (AUDIT_LOG).',
  })
  readonly audit!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', enum: sourceStates },
    description: 'Each source by its name in STRATEGIES, as it was seen last; nobody is asked for this.',
  })
  readonly sources!: Readonly<Record<string, string>>;
}

class PeerView {
  @ApiProperty({ description: 'Scheme, host and port; for a file what it is.' })
  readonly address!: string;

  @ApiProperty({ enum: ['closed', 'open'], description: 'Open while logins are kept away from it.' })
  readonly breaker!: string;

  @ApiPropertyOptional({ type: 'integer', description: 'Connections that are open.' })
  readonly connections?: number;

  @ApiPropertyOptional({ type: 'integer', description: 'What waits for one of them.' })
  readonly waiting?: number;

  @ApiPropertyOptional({ description: 'What went wrong last, also when it works again.' })
  readonly lastError?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly lastErrorAt?: string;
}

class SourceView {
  @ApiProperty({ description: 'The name in STRATEGIES.' })
  readonly source!: string;

  @ApiProperty({ enum: sourceStates })
  readonly status!: string;

  @ApiProperty({ type: [PeerView] })
  readonly peers!: readonly PeerView[];
}

/** What `/health/directories` answers. */
export class DirectoriesView {
  @ApiProperty({
    type: 'integer',
    description: 'The worker that answers (WORKERS); 0 where there is one process.',
  })
  readonly worker!: number;

  @ApiProperty({ type: [SourceView], description: 'In the order of STRATEGIES.' })
  readonly sources!: readonly SourceView[];
}

const ready: ReadyAnswer = {
  ...{ status: 'ready', store: 'ok', keys: 'ok', audit: 'ok' },
  sources: { ldap: 'up' },
};

export const DescribeReady = () =>
  applyDecorators(
    ApiOperation({
      summary: 'Whether requests should come here',
      description: 'A source that is down makes it `degraded`: sessions go on, and other sources may work.',
      operationId: 'ready',
    }),
    ApiResponse({
      ...{ status: 200, type: ReadyView, description: '`ready` or `degraded`' },
      example: { ...ready },
    }),
    ApiResponse({
      ...{ status: 503, type: ReadyView, description: '`unready`, or `stopping` after SIGTERM' },
      headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
      example: { ...ready, status: 'unready', store: 'failing' },
    }),
  );

export const DescribeDirectories = () =>
  applyDecorators(
    ApiOperation({
      summary: 'How each source is, for operators',
      description:
        'For bearers with ADMIN_ROLE; the token of a client needs the scope `gatehouse:admin`. A program on the same machine needs no token, unless the request has a header of proxies.',
      operationId: 'directories',
    }),
    ApiBearerAuth('access_token'),
    ApiResponse({
      ...{
        status: 200,
        type: DirectoriesView,
        description: 'Each source, with its servers that were asked so far',
      },
      example: {
        worker: 0,
        sources: [
          {
            ...{ source: 'ldap', status: 'degraded' },
            peers: [
              { address: 'ldaps://dc1.example.org:636', breaker: 'closed', connections: 3, waiting: 0 },
              {
                ...{ address: 'ldaps://dc2.example.org:636', breaker: 'open', connections: 0, waiting: 0 },
                lastError: 'ldaps://dc2.example.org:636: nothing listens there (ECONNREFUSED)',
                lastErrorAt: '2026-03-01T08:00:00.000Z',
              },
            ],
          },
        ],
      },
    }),
    DescribeErrors(
      'UNAUTHORIZED',
      'INVALID_TOKEN',
      'TOKEN_EXPIRED',
      'FORBIDDEN',
      'INSUFFICIENT_SCOPE',
      'SERVICE_UNAVAILABLE',
    ),
  );
