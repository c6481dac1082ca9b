import type { ErrorDialect } from './common/error-reply';
import { genAuthErrors } from './compat/genauth/envelope';
import { isRelay } from './config/check-external';
import type { Settings } from './config/settings';
import { oauthErrors } from './oidc/oauth-errors';

/** The forms of errors that clients of other systems know, each for its own paths. */
export function errorDialects(settings: Settings): readonly ErrorDialect[] {
  return [
    ...(isRelay(settings) ? [] : [oauthErrors]),
    ...(settings.COMPAT.includes('genauth') ? [genAuthErrors] : []),
  ];
}
