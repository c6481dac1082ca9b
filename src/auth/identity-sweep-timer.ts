import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Logger } from '../common/logger';
import { describeError } from '../common/system-error';
import { Settings } from '../config/settings';
import { IdentitySweep, renewEveryMs, type SweepStep } from './identity-sweep';

/** Takes one step of the sweep after the other while the process runs. No outage ends it. */
@Injectable()
export class IdentitySweepTimer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isStopping = false;

  constructor(
    private readonly sweep: IdentitySweep,
    private readonly logger: Logger,
    @Inject(Settings)
    private readonly settings: Pick<Settings, 'IDENTITY_SWEEP_SECONDS' | 'EXTERNAL_AUTH_MODE'>,
  ) {}

  /** In relay mode the source keeps the sessions. */
  onApplicationBootstrap(): void {
    const { IDENTITY_SWEEP_SECONDS: seconds, EXTERNAL_AUTH_MODE: mode } = this.settings;
    if (seconds > 0 && mode !== 'relay') this.schedule(0);
  }

  /** Waits for the question that is being asked: the sources and the store are closed after this. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.running;
    await this.sweep.letGo().catch((error: unknown) => this.report(error));
  }

  private schedule(delayMs: number): void {
    if (this.isStopping) return;
    this.timer = setTimeout(() => {
      this.running = this.step().then(({ nextMs }) => this.schedule(nextMs));
    }, delayMs);
    this.timer.unref();
  }

  /** A round that ended nothing is nothing to speak of; a source that is down is. */
  private tell(round: NonNullable<SweepStep['finished']>): void {
    if (round.unanswered > 0) {
      this.logger.warn(round, 'some identities of live sessions could not be read again');
    } else {
      const level = round.ended > 0 ? 'info' : 'debug';
      this.logger[level](round, 'the identities of live sessions were read again');
    }
  }

  private async step(): Promise<SweepStep> {
    try {
      const step = await this.sweep.step();
      if (step.finished) this.tell(step.finished);
      return step;
    } catch (error) {
      this.report(error);
      return { nextMs: renewEveryMs };
    }
  }

  private report(error: unknown): void {
    const detail = describeError(error);
    this.logger.warn(
      { detail },
      'the sweep over the identities of live sessions stopped until its next round',
    );
  }
}
