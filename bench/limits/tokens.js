// The tokens and sessions of the limit programs: the same cryptography, layout and size as the gateway's.
const {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
  timingSafeEqual,
  verify,
} = require('node:crypto');

const contentBytes = 29;
const macBytes = 16;
const accessSeconds = 900;
const refreshSeconds = 86_400;

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Keys as text, so that several processes can share them. */
function newKeys() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    mac: randomBytes(32).toString('base64url'),
    signing: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    keyId: randomBytes(32).toString('base64url'),
  };
}

/** Makes and reads the tokens by these keys. */
function openTokens(keys) {
  // A Buffer would become a KeyObject for each MAC, at six times its cost.
  const macKey = createSecretKey(Buffer.from(keys.mac, 'base64url'));
  const privateKey = createPrivateKey(keys.signing);
  const publicKey = createPublicKey(keys.signing);
  const header = encode({ alg: 'ES256', typ: 'at+jwt', kid: keys.keyId });
  const macOf = (content) => createHmac('sha256', macKey).update(content).digest().subarray(0, macBytes);

  return {
    /** Format, session id, generation, branch, expiry, half an HMAC-SHA-256. */
    refreshTokenOf({ id, chain, expiresAtMs }) {
      const content = Buffer.alloc(contentBytes);
      content.writeUInt8(1, 0);
      content.write(id, 1, 'base64url');
      content.writeUInt32BE(chain.generation, 17);
      content.writeUInt32BE(Math.floor(expiresAtMs / 1000), 25);
      return Buffer.concat([content, macOf(content)]).toString('base64url');
    },

    /** Undefined for a token that we did not make or that has expired. */
    readRefreshToken(token) {
      const bytes = Buffer.from(token, 'base64url');
      if (bytes.length !== contentBytes + macBytes) return undefined;
      const content = bytes.subarray(0, contentBytes);
      if (!timingSafeEqual(bytes.subarray(contentBytes), macOf(content))) return undefined;
      if (content.readUInt32BE(25) * 1000 <= Date.now()) return undefined;
      return { id: content.toString('base64url', 1, 17), generation: content.readUInt32BE(17) };
    },

    accessTokenOf({ id, identity, createdAtMs }) {
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
    },

    /** The claims of a token with a good signature; undefined for any other. Leaves `exp` to the caller. */
    readAccessToken(token) {
      const [head, claims, signature] = token.split('.');
      if (head !== header) return undefined;
      const key = { key: publicKey, dsaEncoding: 'ieee-p1363' };
      const isGood = verify(
        'sha256',
        Buffer.from(`${head}.${claims}`),
        key,
        Buffer.from(signature, 'base64url'),
      );
      return isGood ? JSON.parse(Buffer.from(claims, 'base64url').toString()) : undefined;
    },

    keySet: JSON.stringify({
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keys.keyId, alg: 'ES256', use: 'sig' }],
    }),

    /** What a login and a refresh answer. */
    answerOf(session) {
      return {
        access_token: this.accessTokenOf(session),
        token_type: 'Bearer',
        expires_in: accessSeconds,
        refresh_token: this.refreshTokenOf(session),
        refresh_expires_in: refreshSeconds,
      };
    },
  };
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

/** Somebody as a source might describe them. */
function identityOf(strategy, username) {
  return {
    strategy,
    subject: `${strategy}:${randomUUID()}`,
    username,
    displayName: `Name of ${username}`,
    email: `${username}@example.org`,
    groups: ['staff', 'engineers', 'on-call', 'readers'],
    roles: ['user', 'editor'],
    attributes: {},
  };
}

/** A session that has just been opened. */
function newSession(identity) {
  const nowMs = Date.now();
  return {
    id: randomBytes(16).toString('base64url'),
    identity,
    identityReadAtMs: nowMs,
    identityIsStale: false,
    client: { address: '127.0.0.1', userAgent: 'bench' },
    createdAtMs: nowMs,
    lastUsedAtMs: nowMs,
    expiresAtMs: nowMs + refreshSeconds * 1000,
    absoluteEndMs: nowMs + 30 * refreshSeconds * 1000,
    chain: { generation: 1, branch: 0, advancedAtMs: nowMs },
  };
}

/** The session one refresh later. */
function ledOn(session) {
  const nowMs = Date.now();
  return {
    ...session,
    lastUsedAtMs: nowMs,
    expiresAtMs: nowMs + refreshSeconds * 1000,
    chain: { ...session.chain, generation: session.chain.generation + 1, advancedAtMs: nowMs },
  };
}

module.exports = { identityOf, ledOn, newKeys, newSession, openTokens };
