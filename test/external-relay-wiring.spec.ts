import { Authenticator } from '../src/strategies/authenticator';
import { StrategyUnavailable } from '../src/strategies/credential-strategy';
import { TokenRelay } from '../src/strategies/token-relay';
import { startUpstream, type Upstream } from './servers/upstream';
import { type RunningGateway, startGateway } from './support/gateway';

const right = { username: 'maria', password: 'contraseña de maría' };
const context = { requestId: 'request-1', address: '192.0.2.1' };
const issuer = 'https://auth.example.org';

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

describe('a gateway', () => {
  const relaying = { EXTERNAL_AUTH_MODE: 'relay', JWT_ISSUER: issuer, JWT_AUDIENCE: 'app' };

  async function gateway(
    env: Record<string, string>,
  ): Promise<{ upstream: Upstream; gateway: RunningGateway }> {
    const upstream = await startUpstream({ issuer });
    open.push(() => upstream.stop());
    const external = { STRATEGIES: 'external', EXTERNAL_AUTH_URL: upstream.url };
    return { upstream, gateway: await startGateway({ ...external, ...env }) };
  }

  it('in relay mode has the relay and the strategy over the same connection, and closes it', async () => {
    const { upstream, gateway: running } = await gateway({ ...relaying, EXTERNAL_AUTH_MAX_CONNECTIONS: '1' });
    const relay = running.app.get<TokenRelay>(TokenRelay, { strict: false });
    const authenticator = running.app.get(Authenticator, { strict: false });
    expect((await authenticator.authenticate(right, context)).accepted).toBe(true);
    expect((await relay.login(right, context)).accepted).toBe(true);
    expect(upstream.connections).toBe(1);
    await running.stop();
    const calls = upstream.requests.length;
    await expect(relay.login(right, context)).rejects.toThrow(StrategyUnavailable);
    expect(upstream.requests).toHaveLength(calls);
  });

  it.each<Record<string, string>>([{ EXTERNAL_AUTH_MODE: 'sign' }, { STRATEGIES: '' }])(
    'with %j has no relay',
    async (env) => {
      const { gateway: running } = await gateway(env);
      open.push(() => running.stop());
      expect(running.app.get<TokenRelay | null>(TokenRelay, { strict: false })).toBeNull();
    },
  );

  it('does not start with a file that is not there', async () => {
    const env = { ...relaying, EXTERNAL_AUTH_TLS_CA_FILE: '/nowhere/ca.pem' };
    await expect(gateway(env)).rejects.toThrow('EXTERNAL_AUTH_TLS_CA_FILE');
  });
});
