import type { Logger } from '../../common/logger';
import { describeError } from '../../common/system-error';
import type { Identity } from '../identity';

/** Somebody whom the service has just accepted, and the name that they typed, without blanks at the ends. */
export interface AcceptedLogin {
  readonly identity: Identity;
  readonly username: string;
}

/** Tells whoever wants to know of accepted logins. Returns at once and never throws. */
export type Announce = (login: AcceptedLogin) => void;

/** Tells `listener` later and apart from the login, so that it can neither delay nor fail it; what it throws is logged. */
export function announcer(listener: ((login: AcceptedLogin) => void) | undefined, logger: Logger): Announce {
  if (!listener) return () => undefined;
  return (login) => {
    setImmediate(() => {
      new Promise<void>((resolve) => resolve(listener(login))).catch((error: unknown) => {
        const fields = { strategy: login.identity.strategy, why: describeError(error) };
        logger.warn(fields, 'What was to follow an accepted login has failed');
      });
    });
  };
}
