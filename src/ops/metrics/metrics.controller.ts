import { Controller, Get, Header, Inject, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '../../common/api-description';
import type { FastifyRequest } from 'fastify';
import { GatehouseError } from '../../common/gatehouse-error';
import { Public } from '../../common/public.decorator';
import { RateLimit } from '../../common/rate-limit.decorator';
import { Settings } from '../../config/settings';
import { MetricsAccess } from './metrics-access';
import { expositionType, Scrapes } from './scrapes';

/** The metrics on the gateway's own port. Whoever may not read them is told of no such place. */
@ApiTags('Operations')
@Controller()
@Public()
@RateLimit('none')
export class MetricsController {
  private readonly access: MetricsAccess;

  constructor(
    private readonly scrapes: Scrapes,
    @Inject(Settings) settings: Settings,
  ) {
    this.access = new MetricsAccess(settings);
  }

  @ApiOperation({
    summary: 'Metrics in the text format of Prometheus',
    description:
      'For callers of this machine that no proxy speaks for, and for bearers of METRICS_TOKEN. Not here with METRICS_PORT.',
    operationId: 'metrics',
  })
  @ApiResponse({
    status: 200,
    content: {
      'text/plain': {
        schema: { type: 'string' },
        example: 'gatehouse_refreshes_total{outcome="success"} 42\n',
      },
    },
  })
  @ApiResponse({ status: 404, description: 'For everybody else.' })
  @Get('metrics')
  @Header('Content-Type', expositionType)
  page(@Req() request: FastifyRequest): Promise<string> {
    if (!this.access.onMainPort(request.raw)) throw new GatehouseError('NOT_FOUND');
    return this.scrapes.page();
  }
}
