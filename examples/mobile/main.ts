import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalGateway } from '../local-gateway.mts';
import { FileKeystore } from './keystore.ts';
import { Network } from './network.ts';
import { LoggedOut, MobileSession, Unreachable } from './session.ts';

const username = 'ana';
const gateway = await startLocalGateway({ people: [{ username, displayName: 'Ana Phone', role: 'user' }] });
const network = await Network.to(gateway.url);
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-phone-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const keystoreFile = join(folder, 'keystore.json');
const me = `${network.url}/api/auth/me`;
let app = startApp();

/** What is left of an application that was ended is its keystore. */
function startApp(): MobileSession {
  const keystore = new FileKeystore(keystoreFile);
  return new MobileSession({ gatewayUrl: network.url, keystore, retryDelaysMs: [100, 300] });
}

async function statusOfMe(): Promise<number> {
  return (await app.fetch(me)).status;
}

function tell(text: string): void {
  console.log(`- ${text}`);
}

async function logIn(): Promise<void> {
  await app.login(username, gateway.passwords.get(username) ?? '');
  assert.equal(await statusOfMe(), 200);
  assert.equal(statSync(keystoreFile).mode & 0o777, 0o600);
  tell('Logged in. The refresh token came in the body and is in the keystore, which only its owner reads.');
}

async function restart(): Promise<void> {
  app = startApp();
  const before = network.refreshes;
  const statuses = await Promise.all([1, 2, 3, 4, 5].map(statusOfMe));
  assert.deepEqual([statuses, network.refreshes - before], [[200, 200, 200, 200, 200], 1]);
  tell('The app was started again. Five requests at once waited for one refresh.');
}

async function loseAnAnswer(): Promise<void> {
  app = startApp();
  network.refreshAnswersToLose = 1;
  const before = network.refreshes;
  assert.deepEqual([await statusOfMe(), network.refreshes - before], [200, 2]);
  tell(
    'The answer to a refresh was lost on its way. The same token was presented again, and the session goes on.',
  );
}

async function dieAfterALostAnswer(): Promise<void> {
  app = startApp();
  network.refreshAnswersToLose = Infinity;
  await assert.rejects(statusOfMe(), Unreachable);
  network.refreshAnswersToLose = 0;
  app = startApp();
  assert.equal(await statusOfMe(), 200);
  tell('All answers were lost until the app gave up and was ended. The session goes on in the next one.');
}

async function goOffline(): Promise<void> {
  app = startApp();
  network.isOnline = false;
  await assert.rejects(statusOfMe(), Unreachable);
  assert.equal(await app.isLoggedIn(), true);
  network.isOnline = true;
  assert.equal(await statusOfMe(), 200);
  tell('There was no network for a while. Nobody was logged out by that.');
}

async function logOutOffline(): Promise<void> {
  const headers = { Authorization: `Bearer ${await app.accessToken()}` };
  network.isOnline = false;
  assert.equal(await app.logout(), false);
  app = startApp();
  await assert.rejects(statusOfMe(), LoggedOut);
  tell('Logged out without a network: it holds here at once, also after a restart.');

  network.isOnline = true;
  assert.equal((await fetch(me, { headers })).status, 200);
  await app.settle();
  assert.equal((await fetch(me, { headers })).status, 401);
  tell('The network is back, and the gateway knows: the last access token is refused too.');
}

try {
  console.log(`\nA phone, a network that fails, and a gateway on ${gateway.url}:\n`);
  const story = [logIn, restart, loseAnAnswer, dieAfterALostAnswer, goOffline, logOutOffline];
  for (const part of story) await part();
} finally {
  network.close();
  await gateway.stop();
}
