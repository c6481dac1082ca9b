import { integer, type ValuesOf } from './setting';

const dayInSeconds = 24 * 60 * 60;

/** How many wrong passwords one account bears, whoever types them and wherever they come from. */
export const lockoutSettings = {
  LOCKOUT_MAX_FAILURES: integer({
    default: 5,
    min: 0,
    max: 100,
    meaning:
      'Wrong passwords of one account before strangers must wait; half as many more are left for devices on which the person has logged in ' +
      'before. An account has fewer where the directory says that it locks earlier (docs/lockout.md). 0 turns it off.',
  }),
  LOCKOUT_WINDOW_SECONDS: integer({
    default: 2100,
    min: 60,
    max: dayInSeconds,
    unit: 's',
    meaning:
      'Time without a further try after which the wrong passwords of an account are forgotten. Must be longer than the window of ' +
      'the source itself; where a directory tells its own, the longer one counts.',
  }),
  LOCKOUT_DEVICE_TTL_SECONDS: integer({
    default: 180 * dayInSeconds,
    min: 0,
    max: 400 * dayInSeconds,
    unit: 's',
    meaning:
      'How long a browser counts as a device of somebody who has logged in with it (cookie `gatehouse_device`); 0 sets no such cookie and takes none.',
  }),
};

export type LockoutSettings = ValuesOf<typeof lockoutSettings>;

/** What an operator should know of these settings at the start. */
export function lockoutWarnings(settings: Pick<LockoutSettings, 'LOCKOUT_MAX_FAILURES'>): string[] {
  if (settings.LOCKOUT_MAX_FAILURES > 0) return [];
  return [
    'LOCKOUT_MAX_FAILURES=0: wrong passwords of an account are not counted, so that anybody can guess on and lock people out at the directory',
  ];
}
