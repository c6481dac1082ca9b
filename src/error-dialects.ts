import type { ErrorDialect } from './common/error-reply';
import type { Settings } from './config/settings';

/** The forms of errors that clients of other systems know, each for its own paths. */
export function errorDialects(_settings: Settings): readonly ErrorDialect[] {
  return [];
}
