import { integer } from './setting';

/** How long refused logins take, so that their time does not tell who has an account (docs/enumeration.md). */
export const refusalSettings = {
  REFUSAL_FLOOR_MS: integer({
    default: 250,
    min: 0,
    max: 10000,
    unit: 'ms',
    meaning:
      'No refused login or password change is answered sooner. It should lie above what a wrong password usually takes at the slowest ' +
      'source; where it does not, the gateway learns how long that is.',
  }),
  REFUSAL_CEILING_MS: integer({
    default: 2000,
    min: 0,
    max: 30000,
    unit: 'ms',
    meaning:
      'No refusal is held back longer, whatever was learnt and whatever REFUSAL_FLOOR_MS says; 0 holds none back, and their time then ' +
      'tells which accounts exist.',
  }),
};
