import { createLogger } from '../../src/common/logger';
import { loadSettings } from '../../src/config/load-settings';
import { type Credentials, StrategyUnavailable } from '../../src/strategies/credential-strategy';
import {
  ExternalStrategy,
  type ExternalStrategyOptions,
} from '../../src/strategies/external/external.strategy';
import { startUpstream, type Upstream, type UpstreamOptions } from '../servers/upstream';
import { FakeClock } from './fake-clock';

/** The person whom the test service knows by itself. */
export const right: Credentials = { username: 'maria', password: 'contraseña de maría' };
export const context = { requestId: 'request-1', address: '192.0.2.1' };

export interface ExternalBench {
  readonly upstream: Upstream;
  readonly strategy: ExternalStrategy;
  readonly clock: FakeClock;
  /** Every line that was logged so far, as text. */
  readonly log: () => string;
}

type Parts = Pick<ExternalStrategyOptions, 'caller' | 'tokens' | 'onAccepted'>;

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A strategy as these variables configure it, closed after the test. */
export function externalStrategy(
  env: Readonly<Record<string, string>>,
  parts: Parts = {},
): Omit<ExternalBench, 'upstream'> {
  const lines: string[] = [];
  const logger = createLogger('trace', { write: (line) => void lines.push(line) });
  const { settings } = loadSettings({ EXTERNAL_AUTH_TIMEOUT_MS: '5000', ...env });
  const clock = new FakeClock();
  const strategy = new ExternalStrategy({ name: 'external', settings, logger, clock, ...parts });
  open.push(() => strategy.close());
  return { strategy, clock, log: () => lines.join('') };
}

/** The same with a service of its own, stopped after the test. */
export async function externalBench(
  env: Readonly<Record<string, string>> = {},
  options: UpstreamOptions = {},
  parts: Parts = {},
): Promise<ExternalBench> {
  const upstream = await startUpstream(options);
  open.push(() => upstream.stop());
  return { upstream, ...externalStrategy({ EXTERNAL_AUTH_URL: upstream.url, ...env }, parts) };
}

/** The error of an attempt that the service could not answer. @throws Error for any other outcome. */
export async function failureOf(attempt: Promise<unknown>): Promise<StrategyUnavailable> {
  const outcome = await attempt.catch((error: unknown) => error);
  if (outcome instanceof StrategyUnavailable) return outcome;
  throw new Error(`expected an outage, got ${String(outcome)} ${JSON.stringify(outcome)}`);
}
