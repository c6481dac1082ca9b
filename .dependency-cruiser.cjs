// The import directions of docs/architecture.md. `npm run lint` and a test hold them.

/** A room may import the rooms listed for it, and itself. */
const rooms = {
  common: [],
  config: ['common'],
  stores: ['common', 'config'],
  strategies: ['common', 'config'],
  // An identity is part of the strategies' contract; who authenticated it is not their business.
  sessions: ['common', 'config', 'stores', 'strategies/identity'],
  tokens: ['common', 'config', 'stores', 'strategies/identity'],
  // What names and accounts are counted by carries a MAC of the key of the tokens.
  throttle: ['common', 'config', 'stores', 'sessions/account-mac', 'sessions/sessions.module'],
  ops: ['common', 'config', 'stores', 'tokens', 'auth', 'strategies/source-health'],
  clients: ['common', 'config', 'throttle'],
  auth: [
    'common',
    'config',
    'clients',
    'sessions',
    'tokens',
    'strategies/account-at-risk',
    'strategies/authenticator',
    'strategies/credential-strategy',
    'strategies/identity',
    'strategies/source-health',
    'strategies/strategies.module',
    'strategies/token-relay',
    'throttle/account-limits',
    'throttle/account-names',
    'throttle/account-tries',
    'throttle/address-key',
    'throttle/throttle.module',
  ],
  'forward-auth': ['common', 'config', 'auth', 'strategies/identity'],
  web: [
    'common',
    'config',
    'auth',
    'sessions/session',
    'strategies/identity',
    'strategies/source-health',
    'strategies/credential-strategy',
  ],
  oidc: ['common', 'config', 'clients', 'sessions', 'tokens', 'auth', 'strategies/identity'],
  compat: [
    'common',
    'config',
    'stores',
    'auth',
    'clients',
    'sessions',
    'throttle/address-key',
    'tokens',
    'strategies/identity',
    'strategies/credential-strategy',
    'strategies/outbound',
  ],
};

/** Each library has one owner; nobody else imports it. */
const owners = {
  ldapts: '^src/strategies/ldap/',
  undici: '^src/strategies/external/',
  jose: '^src/strategies/external/',
  lmdb: '^src/stores/',
  ioredis: '^src/stores/',
  '@nestjs/jwt': '^src/tokens/',
  '@nestjs/throttler': '^src/throttle/',
  'ipaddr.js': '^src/throttle/',
  'cookie-parser': '^src/auth/',
  '@nestjs/swagger': '^src/common/api-description\\.ts',
  'class-validator': '^src/common/body-rules\\.ts',
  negotiator: '^src/common/',
  pino: '^src/common/',
  preact: '^src/web/',
  'preact-render-to-string': '^src/web/',
  'sm-crypto-v2': '^src/compat/genauth/encryption/',
  'prom-client': '^src/ops/',
  '@opentelemetry': '^src/ops/',
};

const onlyAllowedRooms = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-imports-only-what-lies-below`,
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: '\\.spec\\.ts$' },
  to: { path: '^src/', pathNot: [room, ...allowed].map((name) => `^src/${name}(/|\\.ts$)`) },
}));

const oneOwner = Object.entries(owners).map(([library, owner]) => ({
  name: `${library.replace(/\W+/g, '-').replace(/^-/, '')}-has-one-owner`,
  severity: 'error',
  from: { path: '^src/', pathNot: [owner] },
  to: { path: `(^|/)node_modules/${library.replace('.', '\\.')}/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...onlyAllowedRooms,
    ...oneOwner,
    {
      name: 'strategies-know-nothing-of-each-other',
      severity: 'error',
      from: { path: '^src/strategies/(ldap|external|file)/' },
      to: { path: '^src/strategies/(ldap|external|file)/', pathNot: '^src/strategies/$1/' },
    },
    {
      name: 'dialects-know-nothing-of-each-other',
      severity: 'error',
      from: { path: '^src/compat/([^/]+)/' },
      to: { path: '^src/compat/[^/]+/', pathNot: '^src/compat/$1/' },
    },
    { name: 'no-barrels', severity: 'error', from: {}, to: { path: '^src/.*/index\\.ts$' } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: ['\\.spec\\.ts$'] }, to: {} },
    {
      name: 'no-development-library-in-the-product',
      severity: 'error',
      from: { path: '^src', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'every-library-is-declared',
      severity: 'error',
      from: { path: '^src' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    // What is loaded only when it is needed: the `require` that a file makes for itself (`createRequire`).
    exoticRequireStrings: ['load'],
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
