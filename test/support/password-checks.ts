import { randomBytes } from 'node:crypto';
import { PasswordCheck } from '../../src/auth/password-check';
import type { Clock } from '../../src/common/clock';
import { loadSettings } from '../../src/config/load-settings';
import { DeviceTokenCodec } from '../../src/sessions/device-token';
import { LocalRefreshTokenKey } from '../../src/sessions/refresh-token-key';
import { MemoryStore } from '../../src/stores/memory.store';
import { Authenticator } from '../../src/strategies/authenticator';
import { AccountNames } from '../../src/throttle/account-names';
import { AccountTries } from '../../src/throttle/account-tries';

/** The step at which passwords are tried, over a store and a key of its own, with the usual settings. */
export function passwordCheck(clock: Clock, authenticator = new Authenticator([])): PasswordCheck {
  const { settings } = loadSettings({});
  const store = new MemoryStore({ clock });
  const key = new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test');
  return new PasswordCheck(
    authenticator,
    new AccountNames(store, clock),
    new AccountTries(store, clock, settings),
    new DeviceTokenCodec(key, clock, settings),
    settings,
  );
}
