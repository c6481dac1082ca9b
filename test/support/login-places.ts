import { LoginPlaces } from '../../src/auth/login-places';

/** Places that never run out. */
export function manyLoginPlaces(): LoginPlaces {
  return new LoginPlaces({ LOGIN_MAX_RUNNING: 1000, LOGIN_MAX_WAITING: 1000, LOGIN_MAX_WAIT_MS: 60_000 });
}
