// Fills a gateway's store with live sessions, far faster than by logins: as its own code writes them, but many at a time. Lists of a
// person's sessions are left out; no refresh reads them.
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
const { LmdbFile } = require(`${dist}/stores/lmdb-file`);
const { embeddedStorePath, openStore } = require(`${dist}/stores/open-store`);
const { RecordTable } = require(`${dist}/stores/record-table`);

/** Of one transaction of the embedded store; of Redis, what is on its way at the same time, since all of it must be answered in time. */
const batchSizes = { embedded: 10_000, redis: 200 };
const patientMs = 120_000;
const mostBytes = 1024 ** 3;
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

/** `{ codec, createAll, close }`: `createAll` makes a batch of sessions durable. */
async function openFilled(env) {
  const { settings } = loadSettings(env);
  const [clock, logger] = [new SystemClock(), createLogger('error')];
  if (env.REDIS_URL) {
    const store = openStore({ settings, clock, logger });
    const codec = new RefreshTokenCodec(await openTokenKey({ settings, store, clock, logger }));
    const create = (one) => store.create(keyOf(one), encodeSession(one), one.expiresAtMs);
    return { codec, createAll: (batch) => Promise.all(batch.map(create)), close: () => store.close() };
  }
  const file = LmdbFile.open({ path: embeddedStorePath(settings), writeTimeoutMs: patientMs });
  const records = new RecordTable(file, clock, mostBytes);
  const codec = new RefreshTokenCodec(await openTokenKey({ settings, store: undefined, clock, logger }));
  const create = (one) => records.create(keyOf(one), encodeSession(one), one.expiresAtMs);
  return { codec, createAll: (batch) => file.transact(() => batch.map(create)), close: () => file.close() };
}

const keyOf = ({ id }) => `session:${id}`;

async function fill({ env, count, sample }) {
  const startedAtMs = performance.now();
  const { codec, createAll, close } = await openFilled(env);
  const batchSize = env.REDIS_URL ? batchSizes.redis : batchSizes.embedded;
  const every = Math.max(1, Math.floor(count / sample));
  const tokens = [];
  for (let from = 0; from < count; from += batchSize) {
    const batch = Array.from({ length: Math.min(batchSize, count - from) }, (_, n) => sessionOf(from + n));
    const created = await createAll(batch);
    if (!created.every(Boolean)) throw new Error('a session was not created');
    tokens.push(...batch.filter((_one, n) => (from + n) % every === 0).map((one) => tokenOf(codec, one)));
  }
  await close();
  return { tokens: tokens.slice(0, sample), tookMs: performance.now() - startedAtMs };
}

fill(JSON.parse(process.argv[2])).then(
  (result) => process.send(result, () => process.exit(0)),
  (error) => process.send({ error: error.message }, () => process.exit(1)),
);
