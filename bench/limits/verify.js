const { createHash } = require('node:crypto');
const { success } = require('./server');

const mostVerified = 10_000;

/**
 * The least that a check of an access token can cost that was checked before: a bounded cache of good tokens by their SHA-256, and for
 * each request whether the token has expired and whether its session still lives, which only the store knows.
 */
function sessionOfToken({ records, tokens }) {
  const verified = new Map();
  const claimsOf = (token) => {
    const key = createHash('sha256').update(token).digest('latin1');
    const known = verified.get(key);
    if (known) return known;
    const claims = tokens.readAccessToken(token);
    if (!claims) return undefined;
    if (verified.size >= mostVerified) verified.delete(verified.keys().next().value);
    const kept = { exp: claims.exp, sid: claims.sid };
    verified.set(key, kept);
    return kept;
  };
  return async ({ headers: { authorization } }) => {
    const claims = claimsOf(authorization.slice('Bearer '.length));
    if (!claims || claims.exp * 1000 <= Date.now()) return undefined;
    const record = await records.read(claims.sid);
    return record && JSON.parse(record.value);
  };
}

function identityHeaders({ strategy, subject, username, displayName, email, groups, roles }) {
  return {
    'Remote-User': username,
    'Remote-Name': displayName,
    'Remote-Email': email,
    'Remote-Groups': groups.join(','),
    'X-Auth-Subject': subject,
    'X-Auth-Strategy': strategy,
    'X-Auth-Roles': roles.join(','),
    'X-Auth-Omitted': '',
  };
}

function verifyRoutes(kit) {
  const sessionOf = sessionOfToken(kit);
  return {
    'GET /api/auth/verify': async (request) => {
      const session = await sessionOf(request);
      return session && { status: 200, headers: identityHeaders(session.identity), text: '' };
    },
  };
}

function viewOf({ id, identity, createdAtMs, lastUsedAtMs, expiresAtMs, client }) {
  const { subject: sub, username, displayName: name, email, groups, roles, strategy } = identity;
  const at = (ms) => new Date(ms).toISOString();
  return {
    user: { sub, username, name, email, groups, roles, strategy },
    session: {
      ...{ id, created_at: at(createdAtMs), last_used_at: at(lastUsedAtMs), expires_at: at(expiresAtMs) },
      ...{ address: client.address, user_agent: client.userAgent },
    },
  };
}

function meRoutes(kit) {
  const sessionOf = sessionOfToken(kit);
  return {
    'GET /api/auth/me': async (request) => {
      const session = await sessionOf(request);
      return session && success(viewOf(session));
    },
  };
}

module.exports = { meRoutes, verifyRoutes };
