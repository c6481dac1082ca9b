import type { Visit } from '../auth/auth.service';
import type { RequestContext } from '../common/request-context';

/** A visit through the standards endpoints, as the audit trail names them. */
export function throughOidcDoor(context: RequestContext): Visit {
  return { ...context, door: 'oidc' };
}
