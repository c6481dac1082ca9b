const { newSession } = require('./tokens');
const { success } = require('./server');

/**
 * The least that a login can cost once the source has said who it is: one durable write of the session, two tokens.
 * @param check asks the source; gives the identity, or undefined for a wrong password
 */
function loginRoutes({ records, tokens, check }) {
  return {
    'POST /api/auth/login': async (_request, { username, password }) => {
      const identity = await check(username, password);
      if (!identity) return undefined;
      const session = newSession(identity);
      await records.create(session.id, JSON.stringify(session), session.expiresAtMs);
      return success({ ...tokens.answerOf(session), user: identity });
    },
  };
}

module.exports = { loginRoutes };
