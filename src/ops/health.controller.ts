import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ApiOperation, ApiResponse, ApiTags } from '../common/api-description';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import { AuditLog } from './audit-log';
import { DescribeReady } from './health.openapi';
import { Readiness, type ReadyAnswer } from './readiness';

/** `audit` only while the audit trail cannot be written: nothing that a restart would mend. */
interface LiveAnswer {
  readonly status: 'ok';
  readonly audit?: 'failing';
}

/** When a probe that was answered 503 may ask again. */
const retryAfterSeconds = 5;

/**
 * Tells whether the process is alive, and whether requests should come here. The first asks nobody else, so that an outage elsewhere
 * restarts nothing here.
 */
@ApiTags('Operations')
@Controller('health')
@Public()
@RateLimit('none')
export class HealthController {
  constructor(
    private readonly audit: AuditLog,
    private readonly readiness: Readiness,
  ) {}

  @ApiOperation({ summary: 'Whether the process answers', operationId: 'live' })
  @ApiResponse({
    status: 200,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['status'],
          properties: {
            status: { type: 'string', enum: ['ok'] },
            audit: {
              type: 'string',
              enum: ['failing'],
              description:
                'While the audit trail cannot be written (AUDIT_LOG); requests are answered all the same.',
            },
          },
        },
        example: { status: 'ok' },
      },
    },
  })
  @Get('live')
  live(): LiveAnswer {
    return { status: 'ok', ...(!this.audit.isWell && { audit: 'failing' }) };
  }

  @DescribeReady()
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadyAnswer> {
    const answer = await this.readiness.look();
    const isReady = answer.status === 'ready' || answer.status === 'degraded';
    if (!isReady) void reply.code(503).header('Retry-After', retryAfterSeconds);
    return answer;
  }
}
