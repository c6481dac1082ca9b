import cluster from 'node:cluster';
import { Controller, Get, Inject, Req } from '@nestjs/common';
import { ApiTags } from '../common/api-description';
import type { FastifyRequest } from 'fastify';
import { missingToken } from '../auth/access-token.guard';
import { EntryService } from '../auth/entry.service';
import { SessionManagement } from '../auth/session-management';
import { Clock } from '../common/clock';
import { LocalCallers } from '../common/local-caller';
import { Public } from '../common/public.decorator';
import { RateLimit } from '../common/rate-limit.decorator';
import { Settings } from '../config/settings';
import type { PeerHealth } from '../strategies/source-health';
import { DescribeDirectories, type DirectoriesView } from './health.openapi';

/** Shows operators how each source is. Addresses and errors are nobody else's business. */
@ApiTags('Operations')
@Controller('health')
@RateLimit('none')
export class DirectoriesController {
  private readonly locals: LocalCallers;

  constructor(
    private readonly entries: EntryService,
    private readonly sessions: SessionManagement,
    private readonly clock: Clock,
    @Inject(Settings) { TRUSTED_PROXIES }: Pick<Settings, 'TRUSTED_PROXIES'>,
  ) {
    this.locals = new LocalCallers(TRUSTED_PROXIES);
  }

  /** Public for the guard alone: who is on this machine needs no token, and anybody else is asked for one here. */
  @Public()
  @DescribeDirectories()
  @Get('directories')
  async directories(@Req() request: FastifyRequest): Promise<DirectoriesView> {
    if (!this.locals.include(request.raw)) await this.demandAdministrator(request);
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
