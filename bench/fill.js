// Fills a gateway's store with live sessions, far faster than by logins: as its own code writes them, session by session, but many at a
// time. Lists of a person's sessions are left out; no refresh reads them.
//
// Started with { env, count, sample } as JSON in the first argument, where `env` has the settings of the gateway that will be started
// over that store. Says { tokens, tookMs }: the refresh tokens of so many sessions, spread over all of them.
const { randomBytes, randomUUID } = require('node:crypto');
const { join } = require('node:path');

const dist = join(__dirname, '..', 'dist');
const { SystemClock } = require(`${dist}/common/clock`);
const { createLogger } = require(`${dist}/common/logger`);
const { loadSettings } = require(`${dist}/config/load-settings`);
const { openTokenKey } = require(`${dist}/sessions/open-token-key`);
const { RefreshTokenCodec } = require(`${dist}/sessions/refresh-token`);
const { firstChain } = require(`${dist}/sessions/rotation`);
const { encodeSession } = require(`${dist}/sessions/session`);
const { openStore } = require(`${dist}/stores/open-store`);

/** What is on its way at the same time: one commit takes all of it to the disk, and a Redis has to answer all of it in time. */
const batchSizes = { embedded: 5000, redis: 200 };
const dayMs = 86_400_000;

function sessionOf(index) {
  const nowMs = Date.now();
  return {
    id: randomBytes(16).toString('base64url'),
    identity: {
      strategy: 'file',
      subject: `file:${randomUUID()}`,
      username: `person-${index}`,
      displayName: `Person ${index}`,
      email: `person-${index}@example.org`,
      groups: ['staff', 'engineers', 'on-call', 'readers'],
      roles: ['user', 'editor'],
      attributes: {},
    },
    identityReadAtMs: nowMs,
    identityIsStale: false,
    client: { address: '127.0.0.1', userAgent: 'bench' },
    createdAtMs: nowMs,
    lastUsedAtMs: nowMs,
    expiresAtMs: nowMs + dayMs,
    absoluteEndMs: nowMs + 30 * dayMs,
    chain: firstChain(nowMs),
  };
}

function tokenOf(codec, { id, chain, expiresAtMs }) {
  const { generation, branch } = chain;
  return codec.encode({
    sessionId: id,
    generation,
    branch,
    expiresAtSeconds: Math.floor(expiresAtMs / 1000),
  });
}

async function fill({ env, count, sample }) {
  const startedAtMs = performance.now();
  const { settings } = loadSettings(env);
  const [clock, logger] = [new SystemClock(), createLogger('error')];
  const store = openStore({ settings, clock, logger });
  const codec = new RefreshTokenCodec(await openTokenKey({ settings, store, clock, logger }));
  const batchSize = env.REDIS_URL ? batchSizes.redis : batchSizes.embedded;
  const every = Math.max(1, Math.floor(count / sample));
  const tokens = [];
  for (let from = 0; from < count; from += batchSize) {
    const batch = Array.from({ length: Math.min(batchSize, count - from) }, (_, n) => sessionOf(from + n));
    const created = await Promise.all(
      batch.map((one) => store.create(`session:${one.id}`, encodeSession(one), one.expiresAtMs)),
    );
    if (!created.every(Boolean)) throw new Error('a session was not created');
    tokens.push(...batch.filter((_one, n) => (from + n) % every === 0).map((one) => tokenOf(codec, one)));
  }
  await store.close();
  return { tokens: tokens.slice(0, sample), tookMs: performance.now() - startedAtMs };
}

fill(JSON.parse(process.argv[2])).then(
  (result) => process.send(result, () => process.exit(0)),
  (error) => process.send({ error: error.message }, () => process.exit(1)),
);
