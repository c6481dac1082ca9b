// better-auth with so many people logged in. Started by peer.js with { folder, people, clients, sessionsOf } as JSON in its first
// argument; says by message { port, sessions }, where each of `sessionsOf` has as many bearer tokens as there are clients.
import Database from 'better-sqlite3';
import { betterAuth } from 'better-auth';
import { hashPassword } from 'better-auth/crypto';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { bearer, jwt } from 'better-auth/plugins';
import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';

const { folder, people, clients, sessionsOf } = JSON.parse(process.argv[2]);
const secret = randomBytes(32).toString('base64url');

function openDatabase() {
  const database = new Database(join(folder, 'better-auth.sqlite'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  return database;
}

function optionsOf(database, port) {
  return {
    database,
    secret,
    baseURL: `http://127.0.0.1:${port}`,
    telemetry: { enabled: false },
    logger: { level: 'error' },
    rateLimit: { enabled: false },
    emailAndPassword: { enabled: true },
    // Each use of a session prolongs it, as a refresh does; by default that happens once a day.
    session: { expiresIn: 7 * 86_400, updateAge: 0 },
    plugins: [
      bearer(),
      jwt({
        jwks: { keyPairConfig: { alg: 'ES256' } },
        jwt: { expirationTime: '1h' },
        // Else each look at a session signs one more JWT.
        disableSettingJwtHeader: true,
      }),
    ],
  };
}

/** What clients send: the session's token with its MAC, as the answer to a login has it in `set-auth-token`. */
function bearerTokenOf({ token }) {
  return encodeURIComponent(`${token}.${createHmac('sha256', secret).update(token).digest('base64')}`);
}

/** All have the same password, so one hash is made for all of them. */
async function addPeople({ internalAdapter }) {
  const password = await hashPassword(people[0].password);
  const users = [];
  for (const { username } of people) {
    const user = { email: `${username}@example.org`, name: `Person ${username}`, emailVerified: true };
    const { id: userId } = await internalAdapter.createUser(user);
    await internalAdapter.linkAccount({ userId, providerId: 'credential', accountId: userId, password });
    users.push(userId);
  }
  return users;
}

async function addSessions({ internalAdapter }, users) {
  const tokens = [];
  for (let index = 0; index < clients; index++)
    tokens.push(bearerTokenOf(await internalAdapter.createSession(users[index % users.length])));
  return tokens;
}

async function seed(auth, database) {
  const context = await auth.$context;
  const sessions = {};
  // One commit for all, which is not what is measured.
  database.exec('BEGIN');
  const users = clients > 0 ? await addPeople(context) : [];
  for (const name of sessionsOf) sessions[name] = await addSessions(context, users);
  database.exec('COMMIT');
  return sessions;
}

const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();
const database = openDatabase();
const options = optionsOf(database, port);
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);
const sessions = await seed(auth, database);
server.on('request', toNodeHandler(auth));
process.on('disconnect', () => process.exit(0));
process.send({ port, sessions });
