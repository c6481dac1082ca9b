import { createLogger } from '../../src/common/logger';
import { loadSettings } from '../../src/config/load-settings';
import { StrategyUnavailable } from '../../src/strategies/credential-strategy';
import type { AcceptedLogin } from '../../src/strategies/external/accepted-login';
import { ExternalParts } from '../../src/strategies/external/external-parts';
import type { RelayedRefresh, RelayedTokens, TokenRelay } from '../../src/strategies/token-relay';
import { type Behaviour, startUpstream, type Upstream, type UpstreamOptions } from '../servers/upstream';
import { FakeClock } from './fake-clock';

export const right = { username: 'maria', password: 'contraseña de maría' };
export const context = { requestId: 'request-1', address: '192.0.2.1' };
export const issuer = 'https://auth.example.org';
/** How long the outcome of a refresh is kept. */
export const keptMs = 5000;

export interface RelayBench {
  readonly upstream: Upstream;
  readonly relay: TokenRelay;
  /** The relay's; the service goes by the machine's. */
  readonly clock: FakeClock;
  readonly log: () => string;
  /** Those who were told of. */
  readonly announced: readonly AcceptedLogin[];
}

const open: (() => Promise<void>)[] = [];

/** To be called after each test: ends what `relayBench` has started. */
export async function closeRelays(): Promise<void> {
  for (const close of open.splice(0)) await close();
}

/** A relay and its service, over real sockets. */
export async function relayBench(
  options: UpstreamOptions = {},
  env: Record<string, string> = {},
): Promise<RelayBench> {
  const upstream = await startUpstream({ issuer, ...options });
  open.push(() => upstream.stop());
  const lines: string[] = [];
  const announced: AcceptedLogin[] = [];
  const clock = new FakeClock(Date.now());
  const logger = createLogger('trace', { write: (line) => void lines.push(line) });
  const relaying = { STRATEGIES: 'external', EXTERNAL_AUTH_MODE: 'relay', EXTERNAL_AUTH_URL: upstream.url };
  const { settings } = loadSettings({ ...relaying, JWT_ISSUER: issuer, JWT_AUDIENCE: 'app', ...env });
  const onAccepted = (login: AcceptedLogin) => void announced.push(login);
  const parts = new ExternalParts({ name: 'external', settings, logger, clock, onAccepted });
  open.push(() => parts.close());
  if (!parts.relay) throw new Error('There is no relay');
  return { upstream, relay: parts.relay, clock, log: () => lines.join(''), announced };
}

/** The tokens of a right login. */
export async function tokensOf(relay: TokenRelay): Promise<RelayedTokens & { refreshToken: string }> {
  const login = await relay.login(right, context);
  if (!login.accepted) throw new Error('The login was refused');
  return { ...login.tokens, refreshToken: login.tokens.refreshToken ?? '' };
}

export async function failureOf(attempt: Promise<unknown>): Promise<StrategyUnavailable> {
  const outcome: unknown = await attempt.catch((error: unknown) => error);
  if (outcome instanceof StrategyUnavailable) return outcome;
  throw new Error(`expected an outage, got ${JSON.stringify(outcome)}`);
}

export function answering(status: number, body: unknown, headers?: Record<string, string>): Behaviour {
  return { kind: 'answer', status, body: typeof body === 'string' ? body : JSON.stringify(body), headers };
}

export function refreshed(result: RelayedRefresh): RelayedTokens {
  if (!result.accepted) throw new Error('The refresh was refused');
  return result.tokens;
}
