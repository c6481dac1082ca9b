import type { AuditEvent } from '../common/audit-trail';
import type { Session } from '../sessions/session';
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

/** Which session an event is about, whose it is, and the client that it belongs to. */
export function whoseSession({
  id,
  identity,
  grant,
}: Session): Pick<AuditEvent, 'subject' | 'username' | 'strategy' | 'sessionId' | 'clientId'> {
  return { ...whoIs(identity), sessionId: id, ...(grant && { clientId: grant.clientId }) };
}
