import { join } from 'node:path';
import {
  type LocalGateway,
  type RunningProgram,
  startLocalGateway,
  startProgram,
} from '../local-gateway.mts';

const { PORT = '5173', GATEWAY_PORT = '3000' } = process.env;
const address = `http://127.0.0.1:${PORT}`;
const gatewayUrl = `http://127.0.0.1:${GATEWAY_PORT}`;

const people = [
  { username: 'alice', displayName: 'Alice Editor', role: 'editor' },
  { username: 'bob', displayName: 'Bob Reader', role: 'reader' },
];

/** Also what a gateway elsewhere would need: who issues the tokens, and which page may call it. */
const settings = { PORT: GATEWAY_PORT, JWT_ISSUER: gatewayUrl, ALLOWED_ORIGINS: address };

const running: RunningProgram[] = [];
let isStopping = false;

/** Ends what runs, the youngest first. Ctrl-C reaches all of it at once; that does no harm. */
async function stop(status: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  for (const program of running.reverse()) await program.stop();
  process.exit(status);
}

function keep<T extends RunningProgram>(program: T): T {
  running.push(program);
  void program.ended.then(() => stop(1));
  return program;
}

function welcome({ passwords }: LocalGateway): string {
  const logins = people.map(({ username, role }) => `  ${username}  ${passwords.get(username)}  (${role})`);
  return `\nThe example is ready on ${address}\n\nLog in as\n\n${logins.join('\n')}\n\nCtrl-C ends everything.\n`;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));
try {
  const gateway = keep(await startLocalGateway({ people, settings }));
  const env = { PORT, GATEWAY_URL: gatewayUrl };
  keep(
    await startProgram({
      file: join(import.meta.dirname, 'server', 'main.ts'),
      cwd: import.meta.dirname,
      env,
    }),
  );
  console.log(welcome(gateway));
} catch (error) {
  if (!isStopping) console.error(error instanceof Error ? error.message : error);
  await stop(1);
}
