import type { AuditEvent } from '../common/audit-trail';
import type { Identity } from '../strategies/identity';
import type { Visit } from './auth.service';

/** Where an event came from. */
export function seenFrom({
  door,
  requestId,
  address,
}: Visit): Pick<AuditEvent, 'door' | 'requestId' | 'address'> {
  return { door, requestId, address };
}

/** Whom an event is about. */
export function whoIs({
  subject,
  username,
  strategy,
}: Identity): Pick<AuditEvent, 'subject' | 'username' | 'strategy'> {
  return { subject, username, strategy };
}
