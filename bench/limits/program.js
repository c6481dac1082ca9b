// The limit program: bare node:http with the routes of the scenarios that it is asked for, and nothing else.
//
// Started by peer.js with its options as JSON in the first argument:
// { scenarios, folder or redisUrl, workers, clients, source, directory, upstreamUrl, people, cost }. Says { port, sessions }: the tokens of
// so many open sessions as there are clients. With workers it is the first of so many processes, which share the port, the store and the keys.
const cluster = require('node:cluster');
const { openExternalCheck } = require('./check-external');
const { openFileCheck } = require('./check-file');
const { jwksRoutes } = require('./jwks');
const { openLmdbRecords } = require('./lmdb-records');
const { loginRoutes } = require('./login');
const { openRedisRecords } = require('./redis-records');
const { refreshRoutes } = require('./refresh');
const { listen } = require('./server');
const { identityOf, newKeys, newSession, openTokens } = require('./tokens');
const { meRoutes, verifyRoutes } = require('./verify');

const sources = {
  // Only this one takes its time to load.
  ldap: (options) => require('./check-ldap').openLdapCheck(options),
  external: openExternalCheck,
  file: openFileCheck,
};

const routesOf = {
  refresh: refreshRoutes,
  verify: verifyRoutes,
  me: meRoutes,
  jwks: jwksRoutes,
  'login-ldap': loginRoutes,
  'login-external': loginRoutes,
  'login-file': loginRoutes,
  mix: (kit) => ({ ...loginRoutes(kit), ...refreshRoutes(kit), ...verifyRoutes(kit) }),
};

const isLogin = (scenario) => scenario === 'mix' || scenario.startsWith('login-');

function openRecords({ redisUrl, folder }) {
  return redisUrl ? openRedisRecords(redisUrl) : openLmdbRecords(folder);
}

async function serve(options, keys, listening) {
  const kit = { records: openRecords(options), tokens: openTokens(keys) };
  if (options.scenarios.some(isLogin)) kit.check = await sources[options.source](options);
  const routes = Object.assign({}, ...options.scenarios.map((scenario) => routesOf[scenario](kit)));
  listen(routes, listening);
  return kit;
}

async function openSessions({ records, tokens }, { clients, source = 'file' }) {
  const sessions = Array.from({ length: clients }, (_, index) =>
    newSession(identityOf(source, `person-${index}`)),
  );
  await Promise.all(sessions.map((each) => records.create(each.id, JSON.stringify(each), each.expiresAtMs)));
  return sessions.map((each) => ({
    access: tokens.accessTokenOf(each),
    refresh: tokens.refreshTokenOf(each),
  }));
}

async function alone(options, keys) {
  let port;
  const listening = new Promise((resolve) => (port = resolve));
  const kit = await serve(options, keys, port);
  process.send({ port: await listening, sessions: await openSessions(kit, options) });
}

function lead(options, keys) {
  const ports = [];
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.on('listening', async (_worker, { port }) => {
    ports.push(port);
    if (ports.length < options.workers) return;
    const kit = { records: openRecords(options), tokens: openTokens(keys) };
    process.send({ port: ports[0], sessions: await openSessions(kit, options) });
  });
  for (let count = 0; count < options.workers; count++) cluster.fork({ LIMIT_KEYS: JSON.stringify(keys) });
}

const options = JSON.parse(process.argv[2]);
if (cluster.isWorker) void serve(options, JSON.parse(process.env.LIMIT_KEYS), () => undefined);
else if (options.workers > 1) lead(options, newKeys());
else void alone(options, newKeys());
// The bench has ended, however that came about.
process.on('disconnect', () => process.exit(0));
