// The least that a refresh can cost: a bare node:http server that parses the body, checks the token's MAC, reads the session's
// record, compares and replaces it durably, makes the next token, signs one ES256 JWT and answers. No framework, no validation
// beyond that, no rate limit, no audit line, no reuse detection.
//
// Started by bench/programs.js with the options as JSON in its first argument: { sessions, folder } or { sessions, redisUrl }.
const {
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
  timingSafeEqual,
} = require('node:crypto');
const { createServer } = require('node:http');
const { openLmdbRecords } = require('./lmdb-records');
const { openRedisRecords } = require('./redis-records');

const contentBytes = 29;
const macBytes = 16;
const accessSeconds = 900;
const refreshSeconds = 7 * 86_400;
const longestBodyBytes = 64 * 1024;

// A Buffer would become a KeyObject for each MAC, at six times its cost.
const macKey = createSecretKey(randomBytes(32));
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const header = encode({ alg: 'ES256', typ: 'at+jwt', kid: randomBytes(32).toString('base64url') });

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function macOf(content) {
  return createHmac('sha256', macKey).update(content).digest().subarray(0, macBytes);
}

/** The same layout as the gateway's: format, session id, generation, branch, expiry, half an HMAC-SHA-256. */
function refreshTokenOf({ id, generation, expiresAtMs }) {
  const content = Buffer.alloc(contentBytes);
  content.writeUInt8(1, 0);
  content.write(id, 1, 'base64url');
  content.writeUInt32BE(generation, 17);
  content.writeUInt32BE(Math.floor(expiresAtMs / 1000), 25);
  return Buffer.concat([content, macOf(content)]).toString('base64url');
}

/** Undefined for a token that we did not make or that has expired. */
function readRefreshToken(token) {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== contentBytes + macBytes) return undefined;
  const content = bytes.subarray(0, contentBytes);
  if (!timingSafeEqual(bytes.subarray(contentBytes), macOf(content))) return undefined;
  if (content.readUInt32BE(25) * 1000 <= Date.now()) return undefined;
  return { id: content.toString('base64url', 1, 17), generation: content.readUInt32BE(17) };
}

function accessTokenOf({ id, identity, createdAtMs }) {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'https://login.example.org',
    aud: 'gatehouse',
    sub: identity.subject,
    client_id: 'gatehouse',
    iat: nowSeconds,
    exp: nowSeconds + accessSeconds,
    jti: randomUUID(),
    sid: id,
    auth_time: Math.floor(createdAtMs / 1000),
    preferred_username: identity.username,
    name: identity.displayName,
    email: identity.email,
    groups: identity.groups,
    roles: identity.roles,
  };
  const signed = `${header}.${encode(claims)}`;
  return `${signed}.${p1363Of(sign('sha256', Buffer.from(signed), privateKey)).toString('base64url')}`;
}

/** RFC 7518 section 3.4: both numbers in 32 bytes each. Node does this too (`dsaEncoding`), and takes longer than for signing. */
function p1363Of(der) {
  const bytes = Buffer.alloc(64);
  let at = 3;
  for (const end of [32, 64]) {
    const length = der[at];
    // A leading zero keeps a number positive in DER.
    const number = der.subarray(at + 1 + Math.max(0, length - 32), at + 1 + length);
    number.copy(bytes, end - number.length);
    at += length + 2;
  }
  return bytes;
}

function newSession(index) {
  const nowMs = Date.now();
  const username = `person-${index}`;
  return {
    id: randomBytes(16).toString('base64url'),
    identity: {
      strategy: 'file',
      subject: `file:${randomUUID()}`,
      username,
      displayName: `Person ${index}`,
      email: `${username}@example.org`,
      groups: ['staff', 'engineers', 'on-call', 'readers'],
      roles: ['user', 'editor'],
      attributes: {},
    },
    identityReadAtMs: nowMs,
    identityIsStale: false,
    client: { address: '127.0.0.1', userAgent: 'bench' },
    createdAtMs: nowMs,
    lastUsedAtMs: nowMs,
    expiresAtMs: nowMs + refreshSeconds * 1000,
    absoluteEndMs: nowMs + 4 * refreshSeconds * 1000,
    generation: 1,
  };
}

async function refresh(records, token) {
  const presented = readRefreshToken(token);
  const record = presented && (await records.read(presented.id));
  const session = record && JSON.parse(record.value);
  if (session?.generation !== presented?.generation) return undefined;
  const nowMs = Date.now();
  const next = {
    ...session,
    generation: session.generation + 1,
    lastUsedAtMs: nowMs,
    expiresAtMs: nowMs + refreshSeconds * 1000,
  };
  if (!(await records.replace(next.id, record.version, JSON.stringify(next), next.expiresAtMs)))
    return undefined;
  return {
    access_token: accessTokenOf(next),
    token_type: 'Bearer',
    expires_in: accessSeconds,
    refresh_token: refreshTokenOf(next),
    refresh_expires_in: refreshSeconds,
  };
}

function bodyOf(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let bytes = 0;
    request.on('data', (chunk) => {
      bytes += chunk.length;
      if (bytes > longestBodyBytes) reject(new Error('the body is too long'));
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
    request.on('error', reject);
  });
}

async function serve(records, request, reply) {
  let data;
  try {
    data = await refresh(records, JSON.parse(await bodyOf(request)).refresh_token);
  } catch (error) {
    process.stderr.write(`${error.stack}\n`);
  }
  const text = JSON.stringify({ success: data !== undefined, data });
  reply.writeHead(data ? 200 : 401, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  reply.end(text);
}

async function main() {
  const { sessions: count, folder, redisUrl } = JSON.parse(process.argv[2]);
  const records = redisUrl ? openRedisRecords(redisUrl) : openLmdbRecords(folder);
  const sessions = Array.from({ length: count }, (_, index) => newSession(index));
  await Promise.all(sessions.map((each) => records.create(each.id, JSON.stringify(each), each.expiresAtMs)));
  const server = createServer((request, reply) => void serve(records, request, reply));
  server.listen(0, '127.0.0.1', () =>
    process.send({ port: server.address().port, tokens: sessions.map(refreshTokenOf) }),
  );
  // The bench has ended, however that came about.
  process.on('disconnect', () => process.exit(0));
}

void main();
