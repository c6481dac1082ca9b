import type { ErrorDialect } from './common/error-reply';
import { pingDirectoryErrors } from './compat/ping-directory/error-dialect';
import type { Settings } from './config/settings';

/** The forms of errors that clients of other systems know, each for its own paths. */
export function errorDialects({ COMPAT }: Pick<Settings, 'COMPAT'>): readonly ErrorDialect[] {
  return [...(COMPAT.includes('ping-directory') ? [pingDirectoryErrors] : [])];
}
