import { Inject, Injectable } from '@nestjs/common';
import { type AuditEvent, AuditLogger, AuditTrail } from '../common/audit-trail';
import type { Logger } from '../common/logger';

/** Writes each event as one line of the log, marked with `audit: true`. */
@Injectable()
export class AuditLog extends AuditTrail {
  constructor(@Inject(AuditLogger) private readonly logger: Logger) {
    super();
  }

  record(event: AuditEvent): void {
    this.logger.info({ audit: true, ...event }, `audit: ${event.event} ${event.outcome}`);
  }
}
