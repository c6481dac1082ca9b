import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';

/** Tells whether the process is alive. It asks nobody else, so that an outage elsewhere restarts nothing here. */
@ApiTags('Operations')
@Controller('health')
@Public()
@RateLimit('none')
export class HealthController {
  @ApiOperation({ summary: 'Whether the process answers', operationId: 'live' })
  @ApiResponse({
    status: 200,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['status'],
          properties: { status: { type: 'string', enum: ['ok'] } },
        },
        example: { status: 'ok' },
      },
    },
  })
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }
}
