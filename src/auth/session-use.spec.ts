import { randomBytes } from 'node:crypto';
import { FakeClock } from '../../test/support/fake-clock';
import type { AuditEvent } from '../common/audit-trail';
import { createLogger } from '../common/logger';
import { loadSettings } from '../config/load-settings';
import { RefreshTokenCodec } from '../sessions/refresh-token';
import { LocalRefreshTokenKey } from '../sessions/refresh-token-key';
import { SessionService } from '../sessions/session.service';
import { MemoryStore } from '../stores/memory.store';
import { Authenticator } from '../strategies/authenticator';
import { CredentialStrategy, StrategyUnavailable, type Verdict } from '../strategies/credential-strategy';
import type { Identity } from '../strategies/identity';
import { IdentityRenewal } from './identity-renewal';
import { SessionUse } from './session-use';

const second = 1000;
const visit = {
  ...{ door: 'session-cookie', requestId: 'request-1', address: '192.0.2.9' },
  ...{ userAgent: 'test', locale: 'es' as const },
};
const nothing = { groups: [], roles: [], attributes: {} };
const alice: Identity = { subject: 'dir:1', username: 'alice', strategy: 'dir', ...nothing };

class Directory extends CredentialStrategy {
  readonly name = 'dir';
  answer: () => Identity | undefined = () => alice;
  asked = 0;

  authenticate(): Promise<Verdict> {
    return Promise.reject(new Error('nobody logs in here'));
  }

  reread(): Promise<Identity | undefined> {
    this.asked++;
    return new Promise(setImmediate).then(() => this.answer());
  }
}

describe('SessionUse', () => {
  let clock: FakeClock;
  let directory: Directory;
  let sessions: SessionService;
  let audited: AuditEvent[];
  let use: SessionUse;
  let id: string;

  beforeEach(async () => {
    clock = new FakeClock();
    directory = new Directory();
    audited = [];
    const { settings } = loadSettings({});
    const codec = new RefreshTokenCodec(
      new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test'),
    );
    sessions = new SessionService(new MemoryStore({ clock }), codec, clock, settings);
    const authenticator = new Authenticator([directory]);
    const renewal = new IdentityRenewal(authenticator, clock, createLogger('silent'), settings);
    use = new SessionUse(sessions, renewal, { record: (event) => void audited.push(event) });
    const client = { address: '192.0.2.1', userAgent: 'test' };
    ({ id } = (await sessions.open(alice, client, { canReread: true, idleMs: 3600 * second })).session);
  });

  it('leads the session on, with what the source says of the person', async () => {
    directory.answer = () => ({ ...alice, roles: ['new'] });
    clock.advance(301 * second);
    const session = await use.use(id, visit);
    expect(session.identity.roles).toEqual(['new']);
    expect(session.expiresAtMs).toBe(clock.nowMs() + 3600 * second);
    expect(audited).toEqual([]);
  });

  it('reads the person when it is time to, also right after a use that spares the source', async () => {
    directory.answer = () => undefined;
    clock.advance(301 * second);
    await use.use(id, visit, 'rare');
    expect(directory.asked).toBe(0);
    await expect(use.use(id, visit)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('keeps what was read although a use that spares the source was quicker', async () => {
    directory.answer = () => ({ ...alice, roles: ['new'] });
    clock.advance(301 * second);
    const [usual] = await Promise.all([use.use(id, visit), use.use(id, visit, 'rare')]);
    expect(usual.identity.roles).toEqual(['new']);
    expect((await sessions.find(id))?.identity.roles).toEqual(['new']);
    expect(directory.asked).toBe(1);
  });

  it('ends the session of somebody whom the source no longer welcomes, and says so once', async () => {
    directory.answer = () => undefined;
    clock.advance(301 * second);
    await expect(use.use(id, visit)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await expect(use.use(id, visit)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(await sessions.find(id)).toBeUndefined();
    expect(audited).toEqual([
      expect.objectContaining({
        ...{
          event: 'session_end',
          outcome: 'success',
          cause: 'source',
          door: 'session-cookie',
          requestId: 'request-1',
        },
        ...{ address: '192.0.2.9', subject: 'dir:1', username: 'alice', strategy: 'dir', sessionId: id },
      }),
    ]);
  });

  it('asks the source once for many uses at once, and says once that the session ends', async () => {
    const useAtOnce = () =>
      Promise.allSettled(Array.from({ length: 100 }, () => use.use(id, visit).then(({ id }) => id)));
    clock.advance(301 * second);
    expect(new Set((await useAtOnce()).map(({ status }) => status))).toEqual(new Set(['fulfilled']));
    expect(directory.asked).toBe(1);
    directory.answer = () => undefined;
    clock.advance(301 * second);
    expect(new Set((await useAtOnce()).map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect([directory.asked, audited.length]).toEqual([2, 1]);
  });

  it('says nothing of a session that somebody else has ended meanwhile', async () => {
    directory.answer = () => undefined;
    clock.advance(301 * second);
    const using = use.use(id, visit);
    await sessions.revoke(id);
    await expect(using).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(audited).toEqual([]);
  });

  it('asks where it should be spared only about somebody of whom too little is known', async () => {
    for (const minutes of [20, 20, 20]) {
      clock.advance(minutes * 60 * second);
      expect((await use.use(id, visit, 'rare')).expiresAtMs).toBe(clock.nowMs() + 3600 * second);
    }
    expect(directory.asked).toBe(0);
    clock.advance(second);
    await use.use(id, visit, 'rare');
    expect(directory.asked).toBe(1);
    directory.answer = () => {
      throw new StrategyUnavailable('dir', 'down');
    };
    clock.advance(3599 * second);
    expect((await use.use(id, visit)).identityIsStale).toBe(true);
    clock.advance(second);
    expect((await use.use(id, visit, 'rare')).identityIsStale).toBe(true);
    clock.advance(second);
    await expect(use.use(id, visit, 'rare')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('does not end it in an outage', async () => {
    directory.answer = () => {
      throw new StrategyUnavailable('dir', 'down');
    };
    clock.advance(3599 * second);
    expect((await use.use(id, visit)).identityIsStale).toBe(true);
    clock.advance(3599 * second);
    await expect(use.use(id, visit)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(await sessions.find(id)).toBeDefined();
  });

  it('refuses a session that has ended', async () => {
    await sessions.revoke(id);
    await expect(use.use(id, visit)).rejects.toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
  });
});
