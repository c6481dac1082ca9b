// What is measured, as data. A setup is one start of the programs, with a source, a store and a number of processes; its rows are asked
// of it one after the other.

const everywhere = [1, 16, 64, 256];

/** Setups in the order in which they run. `needs` names what must be installed; `directory` which tree of the slapd it asks, and how. */
const setups = [
  {
    name: 'embedded',
    place: { source: 'file' },
    rows: [
      { id: 'refresh', scenario: 'refresh', title: 'refresh, embedded store', openLoop: 'curve' },
      { id: 'verify', scenario: 'verify', title: '/verify', openLoop: 'curve' },
      { id: 'me', scenario: 'me', title: '/me' },
      { id: 'jwks', scenario: 'jwks', title: 'key set' },
    ],
  },
  {
    name: 'redis',
    needs: ['redis'],
    withoutPeers: true,
    place: { source: 'file' },
    rows: [{ id: 'refresh-redis', scenario: 'refresh', title: 'refresh, Redis' }],
  },
  {
    name: 'ldap-ssha',
    needs: ['directory'],
    place: { source: 'ldap' },
    directory: { hash: 'ssha', isTls: false },
    rows: [
      { id: 'login-ldap', scenario: 'login-ldap', title: 'login, LDAP {SSHA}', openLoop: 'half' },
      { id: 'mix', scenario: 'mix', title: '1 login : 20 refreshes : 200 verifies' },
    ],
  },
  {
    name: 'ldaps-ssha',
    needs: ['directory'],
    place: { source: 'ldap' },
    directory: { hash: 'ssha', isTls: true },
    rows: [{ id: 'login-ldaps', scenario: 'login-ldap', title: 'login, LDAPS {SSHA}' }],
  },
  {
    name: 'ldap-argon2',
    needs: ['directory'],
    place: { source: 'ldap' },
    directory: { hash: 'argon2', isTls: false },
    rows: [
      {
        ...{ id: 'login-ldap-argon2', scenario: 'login-ldap', title: 'login, LDAP {ARGON2}', isSlow: true },
        connections: [1, 64],
      },
    ],
  },
  {
    name: 'ldaps-argon2',
    needs: ['directory'],
    place: { source: 'ldap' },
    directory: { hash: 'argon2', isTls: true },
    rows: [
      {
        ...{ id: 'login-ldaps-argon2', scenario: 'login-ldap', title: 'login, LDAPS {ARGON2}', isSlow: true },
        connections: [1, 64],
      },
    ],
  },
  {
    name: 'external',
    withoutPeers: true,
    place: { source: 'external' },
    rows: [{ id: 'login-external', scenario: 'login-external', title: 'login, HTTP service' }],
  },
  {
    name: 'file-cheap',
    withoutPeers: true,
    place: { source: 'file', hasCheapHashes: true },
    rows: [{ id: 'login-file-cheap', scenario: 'login-file', title: 'login, users file, cheapest hash' }],
  },
  {
    name: 'file-usual',
    place: { source: 'file', hasCheapHashes: false },
    rows: [
      {
        ...{ id: 'login-file', scenario: 'login-file', title: 'login, users file, usual hash', isSlow: true },
        // More would only wait, since a second gives a dozen.
        connections: [1, 8],
        peerConnections: [8],
      },
    ],
  },
  {
    name: 'embedded-all',
    withoutPeers: true,
    place: { source: 'file', workers: 'auto' },
    rows: [
      { id: 'refresh-all', scenario: 'refresh', title: 'refresh, all processors', connections: [64] },
      { id: 'verify-all', scenario: 'verify', title: '/verify, all processors', connections: [64] },
    ],
  },
  {
    name: 'ldap-all',
    needs: ['directory'],
    withoutPeers: true,
    withoutCeiling: true,
    place: { source: 'ldap', workers: 'auto' },
    directory: { hash: 'ssha', isTls: false },
    rows: [
      {
        id: 'login-ldap-all',
        scenario: 'login-ldap',
        title: 'login, LDAP {SSHA}, all processors',
        connections: [64],
      },
    ],
  },
];

/** What is measured besides rows. */
const sections = ['start', 'memory', 'sessions', 'addresses'];

/**
 * The setups with the rows that are asked for.
 * @param only ids of rows, scenarios or setups; undefined for all
 * @throws Error that names what nobody knows
 */
function chosenSetups(only) {
  if (!only) return setups;
  const names = (setup, row) => [setup.name, row.id, row.scenario];
  const known = new Set([
    ...sections,
    ...setups.flatMap((setup) => setup.rows.flatMap((row) => names(setup, row))),
  ]);
  const unknown = only.filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new Error(`nothing is called ${unknown.join(', ')}; there are ${[...known].join(', ')}`);
  // An id is meant exactly: `refresh` is the row, and not every row with that scenario.
  const ids = new Set(setups.flatMap(({ rows }) => rows.map(({ id }) => id)));
  const isChosen = (setup, row) =>
    only.some((name) => (ids.has(name) ? row.id === name : names(setup, row).includes(name)));
  return setups
    .map((setup) => ({ ...setup, rows: setup.rows.filter((row) => isChosen(setup, row)) }))
    .filter(({ rows }) => rows.length > 0);
}

function chosenSections(only) {
  return only ? sections.filter((section) => only.includes(section)) : sections;
}

/** What a quick look has of them, unless something in particular is asked for. */
const quickRows = [
  'refresh',
  'verify',
  'refresh-redis',
  'login-ldap',
  'login-ldaps',
  'login-ldap-argon2',
  ...sections,
];

/** How long everything takes: the whole, and a look at it. `clients` is at least the largest number of connections. */
const profiles = {
  full: {
    ...{ clients: 256, rounds: 5, sideRounds: 2, halfMs: 500, slowHalfMs: 1000 },
    // A program is compiled while it runs; what answers few requests a second takes longer to be warm.
    ...{ firstWarmMs: 5000, warmMs: 1500, slowWarmMs: 4000, sizeRounds: 8 },
    ...{ connections: everywhere, peerConnections: [64], openLoopMs: 3000, curveMs: 1000 },
    ...{ starts: 5, peerStarts: 3, idleMs: 10_000, liveSessions: 100_000 },
    ...{ sessionCounts: [1000, 10_000, 100_000, 1_000_000], redisCounts: [1000, 10_000, 100_000] },
    addressCounts: [1000, 10_000, 100_000, 1_000_000],
  },
  quick: {
    ...{
      clients: 64,
      rounds: 2,
      sideRounds: 1,
      halfMs: 300,
      slowHalfMs: 300,
      firstWarmMs: 2000,
      warmMs: 1000,
      slowWarmMs: 3000,
      sizeRounds: 2,
    },
    ...{ connections: [64], peerConnections: [64], openLoopMs: 1000, curveMs: 400 },
    ...{ starts: 3, peerStarts: 1, idleMs: 1000, liveSessions: 10_000 },
    ...{ sessionCounts: [1000, 100_000], redisCounts: [1000, 10_000], addressCounts: [1000, 100_000] },
  },
};

module.exports = { chosenSections, chosenSetups, profiles, quickRows, sections, setups };
