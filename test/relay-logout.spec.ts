import type { Environment } from '../src/config/load-settings';
import { JudicialService, rightPassword } from './servers/judicial-service';
import { Client, cookieOf } from './support/client';
import { FakeClock } from './support/fake-clock';
import { type RunningGateway, startGateway } from './support/gateway';

const clock = new FakeClock(Date.now());
const service = new JudicialService(clock);
let gateway: RunningGateway;

beforeAll(() => service.start());
beforeEach(() => service.reset());
afterEach(() => gateway.stop());
afterAll(() => service.stop());

async function start(env: Environment): Promise<RunningGateway> {
  gateway = await startGateway({ ...service.environment, ...env }, clock);
  return gateway;
}

describe('a flood of logouts', () => {
  it('reaches the service only up to the limit, always gets 200, and is told once', async () => {
    const limited = await start({ RATE_LIMIT_MAX: '3' });
    const at = new Client(limited.url);
    const first = await at.login('maria', rightPassword);
    for (let n = 0; n < 8; n++) {
      const answer = await at.logout(`refreshToken=junk-canary-${n}`);
      expect([answer.status, answer.body['status'], answer.setCookies]).toEqual([
        200,
        'success',
        ['refreshToken=; Path=/api/auth; HttpOnly; SameSite=Lax; Max-Age=0'],
      ]);
      expect(answer.headers.get('ratelimit-limit')).toBeNull();
      expect(answer.headers.get('retry-after')).toBeNull();
    }
    expect(service.callsOf('Revoke')).toHaveLength(3);
    expect(limited.logs().split('Too many logouts')).toHaveLength(2);
    expect((await at.refresh(cookieOf(first))).status).toBe(200);
  });

  it('takes the login from nobody, whatever the service says to it', async () => {
    const at = new Client((await start({})).url);
    service.instead.set('Revoke', { status: 503 });
    const junk = Array.from({ length: 200 }, (_none, n) => at.logout(`refreshToken=junk-canary-${n}`));
    expect((await at.login('maria', rightPassword)).status).toBe(200);
    expect((await Promise.all(junk)).filter(({ status }) => status !== 200)).toEqual([]);
    expect((await at.login('maria', rightPassword)).status).toBe(200);
    expect(service.callsOf('Revoke').length).toBeLessThanOrEqual(100);
  });
});
