import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type AuditEvent, AuditOutput, AuditTrail } from '../common/audit-trail';
import { Clock } from '../common/clock';
import { Logger } from '../common/logger';
import { describeError } from '../common/system-error';
import { Settings } from '../config/settings';
import { AuditFile } from './audit-file';
import { auditLine } from './audit-line';
import type { AuditNames } from './audit-names';
import { auditNamesOf } from './audit-names-key';

type AuditSettings = Pick<
  Settings,
  'AUDIT_LOG' | 'AUDIT_NAMES' | 'AUDIT_NAMES_KEY' | 'DATA_DIR' | 'REDIS_URL'
>;

/** Writes each event as one line of JSON to AUDIT_LOG (docs/audit.md). */
@Injectable()
export class AuditLog extends AuditTrail implements OnApplicationShutdown {
  private readonly names: AuditNames;
  private readonly file: AuditFile | undefined;
  private unwritten = 0;

  /** @throws ConfigurationError when AUDIT_LOG cannot be opened */
  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
    @Inject(AuditOutput) private readonly standardOutput: AuditOutput,
    @Inject(Settings) settings: AuditSettings,
  ) {
    super();
    this.names = auditNamesOf(settings);
    const { AUDIT_LOG: path } = settings;
    if (path !== 'stdout') this.file = new AuditFile({ path, logger, gapLine: (lost) => this.gapLine(lost) });
  }

  /** False while AUDIT_LOG cannot be written. */
  get isWell(): boolean {
    return this.file?.isWell ?? true;
  }

  /** How many lines were lost since the start. */
  get lost(): number {
    return this.unwritten + (this.file?.lost ?? 0);
  }

  /** Has the file opened anew, as after it was moved away. */
  reopen(): void {
    this.file?.reopen();
  }

  record(event: AuditEvent): void {
    try {
      (this.file ?? this.standardOutput).write(this.lineOf(event));
    } catch (error) {
      this.unwritten++;
      this.logger.error({ event: event.event, detail: describeError(error) }, 'An audit line is lost');
    }
  }

  /** Requests have been answered by then. */
  async onApplicationShutdown(): Promise<void> {
    await this.file?.close();
  }

  private lineOf(event: AuditEvent): string {
    return auditLine(event, { nowMs: this.clock.nowMs(), names: this.names });
  }

  private gapLine(lost: number): string {
    const origin = { door: 'audit', requestId: 'audit', address: '' };
    return this.lineOf({ event: 'audit_gap', outcome: 'unavailable', ...origin, lost });
  }
}
