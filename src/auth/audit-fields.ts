import type { AuditEvent } from '../common/audit-trail';
import type { Session } from '../sessions/session';
import { StrategyUnavailable } from '../strategies/credential-strategy';
import type { Identity } from '../strategies/identity';
import { NameBarred, nameBarred } from './account-check';
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

/** In words that do not depend on the error, of which the log tells more: an error may hold anything. */
const ownFault = 'the gateway could not go on; the log tells more of this request';

/** How a login or a change of a password ended that threw, so that nothing is known of the password. */
export function endWithoutAnswer(error: unknown): Pick<AuditEvent, 'outcome' | 'reason' | 'strategy'> {
  if (error instanceof NameBarred) return { outcome: 'refused', reason: nameBarred };
  if (!(error instanceof StrategyUnavailable)) return { outcome: 'unavailable', reason: ownFault };
  return { outcome: 'unavailable', reason: error.strategy, strategy: error.strategy };
}
