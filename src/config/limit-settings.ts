import { integer } from './setting';

/** How much of everything the gateway takes in at the same time. docs/limits.md lists them beside the limits that are constants. */
export const limitSettings = {
  CONNECTIONS_MAX: integer({
    default: 4096,
    min: 16,
    max: 1000000,
    meaning: 'Most connections to one process at the same time; a further one is closed at once.',
  }),
  CONNECTIONS_MAX_PER_ADDRESS: integer({
    default: 512,
    min: 1,
    max: 1000000,
    meaning:
      'Most connections of one address to one process at the same time (IPv6: one /64); a further one is closed at once. Those of ' +
      'TRUSTED_PROXIES are not counted.',
  }),
  LOGIN_MAX_RUNNING: integer({
    default: 64,
    min: 1,
    max: 10000,
    meaning: 'Most typed passwords that one process has put to the sources at the same time.',
  }),
  LOGIN_MAX_WAITING: integer({
    default: 256,
    min: 0,
    max: 100000,
    meaning:
      'Most logins that wait for a place among them; past them the answer is 503. Addresses take turns, and one alone gets at most an eighth.',
  }),
  LOGIN_MAX_WAIT_MS: integer({
    default: 5000,
    min: 100,
    max: 60000,
    unit: 'ms',
    meaning: 'Longest time that a login waits for its place; after it the answer is 503.',
  }),
  SHED_DELAY_MS: integer({
    default: 250,
    min: 0,
    max: 60000,
    unit: 'ms',
    meaning:
      'While the process is late by this for more than a second, logins are answered 503, and from four times as much on everything else ' +
      'but `/verify`, logouts, keys, discovery and health; 0 turns it off.',
  }),
};
