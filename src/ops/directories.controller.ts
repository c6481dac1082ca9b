import cluster from 'node:cluster';
import { Controller, Get, Req } from '@nestjs/common';
import { ApiTags } from '../common/api-description';
import type { FastifyRequest } from 'fastify';
import { missingToken } from '../auth/access-token.guard';
import { EntryService } from '../auth/entry.service';
import { SessionManagement } from '../auth/session-management';
import { Clock } from '../common/clock';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import type { PeerHealth } from '../strategies/source-health';
import { DescribeDirectories, type DirectoriesView } from './health.openapi';
import { isLocalCaller } from './local-caller';

/** Shows operators how each source is. Addresses and errors are nobody else's business. */
@ApiTags('Operations')
@Controller('health')
@RateLimit('none')
export class DirectoriesController {
  constructor(
    private readonly entries: EntryService,
    private readonly sessions: SessionManagement,
    private readonly clock: Clock,
  ) {}

  /** Public for the guard alone: who is on this machine needs no token, and anybody else is asked for one here. */
  @Public()
  @DescribeDirectories()
  @Get('directories')
  async directories(@Req() request: FastifyRequest): Promise<DirectoriesView> {
    if (!isLocalCaller(request)) await this.demandAdministrator(request);
    const sources = this.entries.sourceHealth().map(({ strategy, status, peers }) => ({
      ...{ source: strategy, status },
      peers: peers.map((peer) => this.viewOf(peer)),
    }));
    return { worker: cluster.worker?.id ?? 0, sources };
  }

  private async demandAdministrator({ presentedAccess }: FastifyRequest): Promise<void> {
    if (!presentedAccess) throw missingToken();
    this.sessions.demandAdministrator(await presentedAccess.admit());
  }

  private viewOf(peer: PeerHealth): DirectoriesView['sources'][number]['peers'][number] {
    const { address, isUp, connections, waiting, lastError, lastErrorAgeMs } = peer;
    return {
      ...{ address, breaker: isUp ? 'closed' : 'open' },
      ...(connections !== undefined && { connections }),
      ...(waiting !== undefined && { waiting }),
      ...(lastError !== undefined && { lastError }),
      ...(lastErrorAgeMs !== undefined && {
        lastErrorAt: new Date(this.clock.nowMs() - lastErrorAgeMs).toISOString(),
      }),
    };
  }
}
