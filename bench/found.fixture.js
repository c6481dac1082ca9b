// What a run may have found, small and made up, for the specs of the report and of the plots.

const spread = (value) => ({ median: value, least: value * 0.9, most: value * 1.1 });
const program = (perSecond, more = {}) => ({
  ...{ perSecond: spread(perSecond), cpuUs: 100, loadShare: 0.3, p50Ms: 1.5, p99Ms: 4 },
  ...more,
});

function row(id, { title = id, connections = 64, programs, ratios }) {
  return {
    ...{ id, title, scenario: id, connections, programs },
    ratios: Object.fromEntries(Object.entries(ratios).map(([name, value]) => [name, spread(value)])),
  };
}

const refresh = { gateway: program(600), limit: program(1000), recipe: program(100) };
const login = { gateway: program(90), 'directory-bytes': program(100), 'directory-ldapts': program(95) };
const points = [0.1, 0.5, 0.9].map((share) => ({
  share,
  p50Ms: 1 / (1 - share),
  p99Ms: 3 / (1 - share),
  isOverloaded: false,
}));
const atHalf = {
  perSecond: 300,
  p50Ms: 1,
  p99Ms: 3,
  p999Ms: 5,
  mostMs: 6,
  count: 1200,
  failures: 0,
  lateMs: { p50: 0.5, p99: 1 },
  isOverloaded: false,
};

module.exports = {
  rows: [
    row('refresh', {
      title: 'refresh, embedded store',
      programs: refresh,
      ratios: { limit: 0.6, recipe: 6 },
    }),
    row('verify', {
      title: '/verify',
      programs: { gateway: program(500), limit: program(1000, { loadShare: 0.95 }) },
      ratios: { limit: 0.5 },
    }),
    row('verify', {
      title: '/verify',
      connections: 1,
      programs: { gateway: program(50), limit: program(100) },
      ratios: { limit: 0.9 },
    }),
    row('login-ldap-argon2', {
      programs: login,
      ratios: { 'directory-bytes': 0.9, 'directory-ldapts': 0.95 },
    }),
  ],
  half: [{ id: 'refresh', title: 'refresh', program: 'gateway', ...atHalf }],
  curves: [{ id: 'refresh', title: 'refresh <embedded>', program: 'gateway', capacity: 600, points }],
  starts: [{ name: 'gateway', readyMs: spread(800), firstAnswerMs: spread(820) }],
  memory: [{ name: 'gateway', what: 'at rest', rss: 130, own: 60 }],
  sizes: [
    {
      title: 'refresh over sessions, embedded',
      sizes: [1000, 1_000_000].map((size) => ({ size, ...program(600) })),
      cost: spread(1.2),
    },
  ],
  notes: ['LemonLDAP was not measured: it is not installed.'],
  profile: { rounds: 5, sideRounds: 3, halfMs: 650 },
  machine: { others: 0.01, stolen: 0 },
  peers: [{ name: 'recipe', title: 'what people do', versions: ['express 5'] }],
};
