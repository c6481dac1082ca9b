import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '../common/api-description';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import { AuditLog } from './audit-log';

/** `audit` only while the audit trail cannot be written: nothing that a restart would mend. */
interface LiveAnswer {
  readonly status: 'ok';
  readonly audit?: 'failing';
}

/** Tells whether the process is alive. It asks nobody else, so that an outage elsewhere restarts nothing here. */
@ApiTags('Operations')
@Controller('health')
@Public()
@RateLimit('none')
export class HealthController {
  constructor(private readonly audit: AuditLog) {}

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
}
