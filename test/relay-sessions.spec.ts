import type { Environment } from '../src/config/load-settings';
import { JudicialService, rightPassword } from './servers/judicial-service';
import { type Answer, Client, cookieOf } from './support/client';
import { FakeClock } from './support/fake-clock';
import { type RunningGateway, startGateway } from './support/gateway';

/** How long the outcome of a refresh is kept. */
const keptMs = 5000;
const clock = new FakeClock(Date.now());
const service = new JudicialService(clock);
const gateways: RunningGateway[] = [];
let gateway: RunningGateway;
let client: Client;

beforeAll(async () => {
  await service.start();
  gateway = await start();
  client = new Client(gateway.url);
});
beforeEach(() => service.reset());
afterAll(async () => {
  for (const running of gateways) await running.stop();
  await service.stop();
});

async function start(env: Environment = {}): Promise<RunningGateway> {
  const running = await startGateway({ ...service.environment, ...env }, clock);
  gateways.push(running);
  return running;
}

async function login(at = client): Promise<Answer> {
  const body = { usuario: 'maria', contrasenia: rightPassword };
  const answer = await at.request('/api/auth/login', { method: 'POST', body });
  expect(answer.status).toBe(200);
  return answer;
}

/** The audit line of this event among the log lines since `from`. */
function auditLine(event: string, running = gateway, from = 0): string {
  const lines = running.logs().slice(from).split('\n');
  return lines.find((line) => line.includes(`"event":"${event}"`)) ?? '';
}

describe('a login whose token cannot be verified', () => {
  it('names nobody, rather than giving one person two subjects', async () => {
    service.instead.set('GetJwks', { status: 500 });
    const fresh = await start();
    const answer = await login(new Client(fresh.url));
    const data = { access_token: service.issued.at(-2), token_type: 'Bearer', expires_in: 900 };
    expect(answer.text).toBe(
      JSON.stringify({ status: 'success', message: 'Inicio de sesión exitoso', data }),
    );
    expect(cookieOf(answer)).toBe(`refreshToken=${service.issued.at(-1)}`);
    const line = auditLine('login', fresh);
    expect(JSON.parse(line)).toMatchObject({ outcome: 'success', username: 'maria', strategy: 'external' });
    expect(line).not.toContain('subject');
    expect(fresh.logs()).toContain('names nobody');
  });
});

describe('several tabs', () => {
  it('get the same successor, also the late ones', async () => {
    const first = cookieOf(await login());
    service.rotates = true;
    const tabs = await Promise.all([1, 2, 3].map(() => client.refresh(first)));
    tabs.push(await client.refresh(first));
    clock.advance(keptMs - 1);
    tabs.push(await client.refresh(first));
    expect(tabs.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(tabs.map(cookieOf))).toEqual(new Set([`refreshToken=${service.issued.at(-1)}`]));
    expect(service.callsOf('RefreshToken')).toHaveLength(1);
    clock.advance(1);
    expect((await client.refresh(first)).body['code']).toBe('REFRESH_TOKEN_INVALID');
  });

  it('are named in the audit trail', async () => {
    const first = cookieOf(await login());
    const logged = gateway.logs().length;
    await client.refresh(first);
    expect(auditLine('refresh', gateway, logged)).toContain('"subject":"external:1042"');
  });

  it('are all logged out by one of them, also by one with the token before', async () => {
    const first = cookieOf(await login());
    service.rotates = true;
    const second = cookieOf(await client.refresh(first));
    expect((await client.logout(first)).status).toBe(200);
    for (const cookie of [first, second]) {
      expect((await client.refresh(cookie)).body['code']).toBe('REFRESH_TOKEN_INVALID');
    }
  });
});

it('a logout that the service denies in its answer is not confirmed', async () => {
  const first = await login();
  service.instead.set('Revoke', { status: 200 });
  const logged = gateway.logs().length;
  const answer = await client.logout(cookieOf(first));
  expect([answer.status, cookieOf(answer)]).toEqual([200, 'refreshToken=']);
  expect(gateway.logs().slice(logged)).toContain('did not confirm a logout');
  expect(auditLine('logout', gateway, logged)).toContain('"outcome":"unavailable"');
});
