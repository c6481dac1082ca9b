import { type AuditEvent, AuditTrail } from '../common/audit-trail';
import type { Instruments, SessionEnd } from '../common/instruments';

/**
 * Counts what the audit trail takes down: each login leaves one line whatever its door, and each session that ends by somebody's doing.
 * So no room counts for itself.
 */
export class CountedAuditTrail extends AuditTrail {
  constructor(
    private readonly inner: AuditTrail,
    private readonly instruments: Instruments,
  ) {
    super();
  }

  override record(event: AuditEvent): void {
    this.count(event);
    this.inner.record(event);
  }

  private count(event: AuditEvent): void {
    if (event.event === 'login') {
      const { door, strategy = 'none', outcome, sessionId } = event;
      this.instruments.count('logins', { door, strategy, outcome });
      if (outcome === 'success' && sessionId !== undefined) this.instruments.count('sessions_opened', {});
    }
    const reason = endOf(event);
    if (reason !== undefined) this.instruments.count('sessions_ended', { reason });
  }
}

/** Undefined for what ends no session of ours, such as a logout in relay mode. */
function endOf({ event, outcome, cause, sessionId }: AuditEvent): SessionEnd | undefined {
  if (sessionId === undefined) return undefined;
  if (event === 'refresh_reuse') return 'reuse';
  if (outcome !== 'success') return undefined;
  if (event === 'logout') return 'logout';
  return event === 'session_end' ? cause : undefined;
}
