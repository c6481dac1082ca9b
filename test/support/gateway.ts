import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLogger } from '../../src/common/logger';
import { type Environment, loadSettings } from '../../src/config/load-settings';
import { createGateway } from '../../src/gateway';
import { DemoUsers } from '../../src/strategies/file/demo-users';
import { FakeClock } from './fake-clock';
import { rememberScrypt } from './remembered-scrypt';

rememberScrypt();

export interface RunningGateway {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly clock: FakeClock;
  readonly dataDir: string;
  /** Every line that was logged so far, as text. */
  logs(): string;
  /** The demo user's password, in a gateway without STRATEGIES. */
  readonly demoPassword: string;
  /** Stops it; its folder stays, so that another one can be started on it. */
  stop(): Promise<void>;
}

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  folders.push(folder);
  return folder;
}

/** Starts the whole gateway in this process, on a free port of 127.0.0.1, with a fake clock and its log kept. */
export async function startGateway(
  env: Environment = {},
  clock = new FakeClock(Date.now()),
): Promise<RunningGateway> {
  const dataDir = env['DATA_DIR'] ?? temporaryFolder();
  const lines: string[] = [];
  const logger = createLogger('trace', { write: (line) => void lines.push(line) });
  const auditOutput = { write: (line: string) => void lines.push(line) };
  const { settings } = loadSettings({
    NODE_ENV: 'test',
    PORT: '0',
    IDENTITY_SWEEP_SECONDS: '0',
    // Specs are full of wrong passwords; those about their time set it.
    REFUSAL_FLOOR_MS: '0',
    // What a spec itself works at in this process would be taken for overload.
    SHED_DELAY_MS: '0',
    ...env,
    DATA_DIR: dataDir,
  });
  const app = await createGateway({ settings, logger, auditOutput, clock });
  await app.listen(0, '127.0.0.1');
  return {
    app,
    url: await app.getUrl(),
    clock,
    dataDir,
    logs: () => lines.join(''),
    demoPassword: app.get<DemoUsers | null>(DemoUsers, { strict: false })?.takePassword() ?? '',
    stop: () => app.close(),
  };
}
