import { FakeClock } from '../../test/support/fake-clock';
import { createLogger } from '../common/logger';
import { loadSettings } from '../config/load-settings';
import type { Session } from '../sessions/session';
import { Authenticator } from '../strategies/authenticator';
import { CredentialStrategy, StrategyUnavailable, type Verdict } from '../strategies/credential-strategy';
import type { Identity } from '../strategies/identity';
import { IdentityRenewal } from './identity-renewal';

const known: Identity = {
  subject: 'fake:1',
  username: 'alice',
  groups: ['old'],
  roles: [],
  attributes: {},
  strategy: 'fake',
};

class FakeStrategy extends CredentialStrategy {
  readonly name = 'fake';
  asked = 0;
  answer: () => Identity | undefined = () => ({ ...known, groups: ['new'] });

  authenticate(): Promise<Verdict> {
    return Promise.resolve({ accepted: false, reason: 'invalid_credentials' });
  }

  reread(): Promise<Identity | undefined> {
    this.asked++;
    return Promise.resolve().then(() => this.answer());
  }
}

describe('IdentityRenewal', () => {
  const clock = new FakeClock();
  const logger = createLogger('silent');
  let strategy: FakeStrategy;
  let renewal: IdentityRenewal;

  beforeEach(() => {
    strategy = new FakeStrategy();
    renewal = new IdentityRenewal(new Authenticator([strategy]), clock, logger, loadSettings({}).settings);
  });

  function sessionRead(secondsAgo: number): Session {
    const nowMs = clock.nowMs();
    const readAtMs = nowMs - secondsAgo * 1000;
    return {
      id: 's',
      identity: known,
      identityReadAtMs: readAtMs,
      identityIsStale: false,
      client: { address: '192.0.2.1', userAgent: '' },
      createdAtMs: readAtMs,
      lastUsedAtMs: readAtMs,
      expiresAtMs: nowMs + 1,
      absoluteEndMs: nowMs + 1,
      chain: { generation: 1, branch: 0, parentBranch: -1, rotatedAtMs: readAtMs },
    };
  }

  it('asks nobody while what we know is young', async () => {
    expect((await renewal.upToDate(sessionRead(300)))?.identity.groups).toEqual(['old']);
    expect(strategy.asked).toBe(0);
  });

  it('takes over what the source says now', async () => {
    const update = await renewal.upToDate(sessionRead(301));
    expect(update).toEqual({
      identity: { ...known, groups: ['new'] },
      identityReadAtMs: clock.nowMs(),
      identityIsStale: false,
    });
  });

  it('says when the source no longer welcomes the person', async () => {
    strategy.answer = () => undefined;
    expect(await renewal.upToDate(sessionRead(301))).toBeUndefined();
  });

  it('goes on with what we know while the source is down, for a stated time', async () => {
    strategy.answer = () => {
      throw new StrategyUnavailable('fake', 'down');
    };
    const session = sessionRead(3600);
    expect(await renewal.upToDate(session)).toEqual({
      identity: known,
      identityReadAtMs: session.identityReadAtMs,
      identityIsStale: true,
    });
    await expect(renewal.upToDate(sessionRead(3601))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('goes on with what we know where the source cannot be asked without a password', async () => {
    Object.defineProperty(strategy, 'reread', { value: undefined });
    expect((await renewal.upToDate(sessionRead(301)))?.identity).toEqual(known);
  });
});
