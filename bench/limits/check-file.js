const { randomBytes, scrypt, scryptSync, timingSafeEqual } = require('node:crypto');
const { promisify } = require('node:util');
const { identityOf } = require('./tokens');

const derive = promisify(scrypt);
const hashBytes = 32;

/** A login by file as cheap as it can be: one scrypt of the same cost as the gateway's, off the event loop. */
function openFileCheck({ people, cost: { ln, p } }) {
  const options = { N: 2 ** ln, r: 8, p, maxmem: 64 * 1024 * 1024 };
  const salt = randomBytes(16);
  const [{ password: everybodys }] = people;
  const expected = scryptSync(everybodys, salt, hashBytes, options);
  const users = new Map(people.map(({ username }) => [username, identityOf('file', username)]));
  return async (username, password) => {
    const identity = users.get(username);
    if (!identity) return undefined;
    return timingSafeEqual(await derive(password, salt, hashBytes, options), expected) ? identity : undefined;
  };
}

module.exports = { openFileCheck };
