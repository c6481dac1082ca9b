const { ledOn } = require('./tokens');
const { success } = require('./server');

/**
 * The least that a refresh can cost: check the token's MAC, read the session's record, compare and replace it durably, make the next
 * token, sign one ES256 JWT and answer. No validation beyond that, no rate limit, no audit line, no reuse detection.
 */
function refreshRoutes({ records, tokens }) {
  const refresh = async (token) => {
    const presented = tokens.readRefreshToken(token);
    const record = presented && (await records.read(presented.id));
    const session = record && JSON.parse(record.value);
    if (!session || session.chain.generation !== presented.generation) return undefined;
    const next = ledOn(session);
    const isOurs = await records.replace(next.id, record.version, JSON.stringify(next), next.expiresAtMs);
    return isOurs ? success(tokens.answerOf(next)) : undefined;
  };
  return { 'POST /api/auth/refresh': (_request, body) => refresh(body.refresh_token) };
}

module.exports = { refreshRoutes };
