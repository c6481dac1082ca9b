import { randomBytes } from 'node:crypto';
import { AccountCheck } from '../../src/auth/account-check';
import { EvenRefusals } from '../../src/auth/even-refusals';
import type { LoginPlaces } from '../../src/auth/login-places';
import { PasswordCheck } from '../../src/auth/password-check';
import type { Clock } from '../../src/common/clock';
import { loadSettings } from '../../src/config/load-settings';
import { AccountMac } from '../../src/sessions/account-mac';
import { DeviceTokenCodec } from '../../src/sessions/device-token';
import { LocalRefreshTokenKey } from '../../src/sessions/refresh-token-key';
import { MemoryStore } from '../../src/stores/memory.store';
import { Authenticator } from '../../src/strategies/authenticator';
import { AccountNames } from '../../src/throttle/account-names';
import { AccountStore } from '../../src/throttle/account-store';
import { AccountTries } from '../../src/throttle/account-tries';
import { manyLoginPlaces } from './login-places';

/** What a spec wants to be its own. */
interface Parts {
  readonly store?: MemoryStore;
  readonly places?: LoginPlaces;
}

/** The step at which passwords are tried, over a store and a key of its own, with the usual settings. */
export function passwordCheck(
  clock: Clock,
  authenticator = new Authenticator([]),
  { store = new MemoryStore({ clock }), places = manyLoginPlaces() }: Parts = {},
): PasswordCheck {
  const { settings } = loadSettings({});
  const key = new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test');
  const counts = AccountStore.in(store, new AccountMac(key));
  const accounts = new AccountCheck(
    authenticator,
    new AccountNames(counts, clock),
    new AccountTries(counts, clock, settings),
    new DeviceTokenCodec(key, clock, settings),
    settings,
  );
  return new PasswordCheck(
    accounts,
    new EvenRefusals({ REFUSAL_FLOOR_MS: 0, REFUSAL_CEILING_MS: 0 }),
    places,
  );
}
