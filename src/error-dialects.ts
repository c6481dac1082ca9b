import type { ErrorDialect } from './common/error-reply';
import { djangoErrors } from './compat/django/error-dialect';
import { genAuthErrors } from './compat/genauth/envelope';
import { isRelay } from './config/check-external';
import { hasPages } from './config/check-pages';
import { pingDirectoryErrors } from './compat/ping-directory/error-dialect';
import type { Settings } from './config/settings';
import { verifyErrors } from './forward-auth/verify-errors';
import { oauthErrors } from './oidc/oauth-errors';
import { pageErrors } from './web/page-errors';

/** The forms of errors that clients of other systems know, and pages for people, each for its own paths. */
export function errorDialects(settings: Settings): readonly ErrorDialect[] {
  const { COMPAT } = settings;
  return [
    verifyErrors(settings),
    ...(isRelay(settings) ? [] : [oauthErrors]),
    ...(COMPAT.includes('django') ? djangoErrors : []),
    ...(COMPAT.includes('ping-directory') ? [pingDirectoryErrors] : []),
    ...(COMPAT.includes('genauth') ? [genAuthErrors] : []),
    ...(hasPages(settings) ? [pageErrors(settings)] : []),
  ];
}
