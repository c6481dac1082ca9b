import { GatehouseError } from '../common/gatehouse-error';
import type { Session } from '../sessions/session';

/** What is asked of a login before it may do more than usual. */
export interface RecentLogin {
  /** How old it may be; 0 asks for nothing. */
  readonly maxAgeSeconds: number;
  readonly nowMs: number;
}

/**
 * Lets a session pass whose person has typed the password of late: a token that was found must not be enough.
 * @throws GatehouseError UNAUTHORIZED, with the challenge of RFC 9470 section 3
 */
export function demandRecentLogin({ createdAtMs }: Session, { maxAgeSeconds, nowMs }: RecentLogin): void {
  if (maxAgeSeconds === 0 || nowMs - createdAtMs <= maxAgeSeconds * 1000) return;
  const challenge = `Bearer realm="gatehouse", error="insufficient_user_authentication", max_age=${maxAgeSeconds}`;
  throw new GatehouseError('UNAUTHORIZED', {
    text: { es: 'Hay que iniciar sesión de nuevo', en: 'A new login is needed' },
    detail: 'the login is older than SESSIONS_REAUTH_SECONDS',
    headers: { 'WWW-Authenticate': challenge },
  });
}
