// What the bench is there to find out, as data. Each aim says where its figure stands, and from which value on it is reached.

const atMost = 'at most';
const atLeast = 'at least';

/** At so many connections. */
const connections = 64;

function rowOf({ rows }, id) {
  return rows.find((row) => row.id === id && row.connections === connections);
}

/** The gateway's rate as a part of another program's, in the median of the rounds. */
const ratio = (id, other) => (found) => rowOf(found, id)?.ratios[other]?.median;

/** Of what the directory itself can do, by whatever way of asking it gives more. */
function ofCeiling(id) {
  return (found) => {
    const ratios = rowOf(found, id)?.ratios ?? {};
    const known = ['directory-bytes', 'directory-ldapts']
      .map((name) => ratios[name]?.median)
      .filter(Number.isFinite);
    return known.length > 0 ? Math.min(...known) : undefined;
  };
}

const sizeCost = (title) => (found) => found.sizes.find((each) => each.title === title)?.cost.median;

const aims = [
  {
    title: 'login by LDAP {ARGON2}, of the directory’s own ceiling',
    figure: ofCeiling('login-ldap-argon2'),
    bound: atLeast,
    value: 0.85,
  },
  {
    title: 'login by LDAPS {ARGON2}, of the directory’s own ceiling',
    figure: ofCeiling('login-ldaps-argon2'),
    bound: atLeast,
    value: 0.85,
  },
  {
    title: 'login by LDAP {SSHA}, of the directory’s own ceiling',
    figure: ofCeiling('login-ldap'),
    bound: atLeast,
    value: 0.85,
  },
  {
    title: 'login by LDAPS {SSHA}, of the directory’s own ceiling',
    figure: ofCeiling('login-ldaps'),
    bound: atLeast,
    value: 0.85,
  },
  {
    title: 'login by LDAPS {SSHA}, times the recipe',
    figure: ratio('login-ldaps', 'recipe'),
    bound: atLeast,
    value: 10,
  },
  {
    title: 'refresh, embedded, of its limit program',
    figure: ratio('refresh', 'limit'),
    bound: atLeast,
    value: 0.6,
  },
  {
    title: 'refresh, Redis, of its limit program',
    figure: ratio('refresh-redis', 'limit'),
    bound: atLeast,
    value: 0.6,
  },
  {
    title: 'refresh, embedded, times the recipe',
    figure: ratio('refresh', 'recipe'),
    bound: atLeast,
    value: 3,
  },
  { title: '/verify, of its limit program', figure: ratio('verify', 'limit'), bound: atLeast, value: 0.6 },
  {
    title: 'start until the ready line',
    figure: ({ starts }) => starts.find(({ name }) => name === 'gateway')?.readyMs.median / 1000,
    ...{ bound: atMost, value: 1, unit: ' s' },
  },
  {
    title: 'memory at rest',
    figure: ({ memory }) => memory.find(({ name, what }) => name === 'gateway' && what === 'at rest')?.rss,
    ...{ bound: atMost, value: 120, unit: ' MB' },
  },
  {
    title: 'a refresh with the most sessions, times one with the fewest, embedded',
    figure: sizeCost('refresh over sessions, embedded'),
    ...{ bound: atMost, value: 1.3 },
  },
  {
    title: 'a request with the most counted addresses, times one with the fewest',
    figure: sizeCost('requests over counted addresses'),
    ...{ bound: atMost, value: 1.3 },
  },
];

/** Each aim with what was found: `verdict` is PASS, FALLS SHORT or not measured. */
function judge(found) {
  return aims.map(({ title, figure, bound, value, unit = '' }) => {
    const measured = figure(found);
    const isThere = Number.isFinite(measured);
    const isReached = bound === atLeast ? measured >= value : measured <= value;
    return {
      title,
      aim: `${bound} ${value}${unit}`,
      measured: isThere ? `${measured.toFixed(measured < 10 ? 2 : 0)}${unit}` : '',
      verdict: isThere ? (isReached ? 'PASS' : 'FALLS SHORT') : 'not measured',
    };
  });
}

module.exports = { connections, judge };
