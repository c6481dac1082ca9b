import { randomBytes } from 'node:crypto';
import { FakeClock } from '../../test/support/fake-clock';
import { passwordCheck } from '../../test/support/password-checks';
import { type AuditEvent, AuditTrail } from '../common/audit-trail';
import { loadSettings } from '../config/load-settings';
import { RefreshTokenCodec } from '../sessions/refresh-token';
import { LocalRefreshTokenKey } from '../sessions/refresh-token-key';
import { SessionService } from '../sessions/session.service';
import { MemoryStore } from '../stores/memory.store';
import { StoreUnavailable } from '../stores/store';
import { noTriesLeft, tryPassword } from '../strategies/account-at-risk';
import { Authenticator } from '../strategies/authenticator';
import {
  type AuthenticatesByDn,
  type Credentials,
  CredentialStrategy,
  type LoginContext,
  type OwnDn,
  type PasswordChange,
  type SourceEntry,
  StrategyUnavailable,
  type Verdict,
} from '../strategies/credential-strategy';
import { PasswordRules } from './password-rules';
import { PasswordService } from './password.service';

const visit = { door: 'native', requestId: 'r', address: '192.0.2.1', userAgent: '', locale: 'es' } as const;
const request = { credentials: { username: 'Alice', password: 'old-canary' }, newPassword: 'new-canary' };
const alice = {
  subject: 'fake:1',
  username: 'alice',
  groups: [],
  roles: [],
  attributes: {},
  strategy: 'fake',
};

class Unable extends CredentialStrategy {
  readonly name: string = 'unable';

  authenticate(): Promise<Verdict> {
    return Promise.resolve({ accepted: false, reason: 'invalid_credentials' });
  }
}

class Able extends Unable {
  override readonly name = 'able';

  constructor(private readonly answer: () => PasswordChange) {
    super();
  }

  changePassword(): Promise<PasswordChange> {
    return Promise.resolve().then(() => this.answer());
  }
}

class RecordingTrail extends AuditTrail {
  readonly events: AuditEvent[] = [];

  record(event: AuditEvent): void {
    this.events.push(event);
  }
}

/** Knows DNs, and Alice by an entry as `reading` has it. */
class Directory extends Able implements AuthenticatesByDn {
  readonly asked: Credentials[] = [];

  constructor(readonly readEntry?: () => Promise<SourceEntry | undefined>) {
    super(() => ({ changed: true, subject: 'fake:1' }));
  }

  ownDn(text: string): OwnDn | undefined {
    return text.endsWith('dc=x') ? { key: text } : undefined;
  }

  authenticateByDn(): Promise<Verdict> {
    return this.authenticate();
  }

  override changePassword(credentials?: Credentials): Promise<PasswordChange> {
    if (credentials) this.asked.push(credentials);
    return super.changePassword();
  }
}

/** Locks Alice after three wrong passwords, of which the gateway keeps below. */
class Locking extends Unable {
  override readonly name = 'able';

  async changePassword({ password }: Credentials, _: string, context: LoginContext): Promise<PasswordChange> {
    const account = { key: 'fake:1', lockout: { failures: 3 }, isFound: true };
    const isRight = () => Promise.resolve(password === 'old-canary');
    const right = await tryPassword(context, account, isRight, (it) => (it ? 'right' : 'wrong'));
    if (right) return { changed: true, subject: 'fake:1' };
    const why = right === undefined ? { logReason: noTriesLeft } : {};
    return { changed: false, reason: 'invalid_credentials', ...why };
  }
}

describe('PasswordService', () => {
  const clock = new FakeClock();
  const { settings } = loadSettings({});
  const codec = new RefreshTokenCodec(
    new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test'),
  );
  const sessions = new SessionService(new MemoryStore({ clock }), codec, clock, settings);
  let trail: RecordingTrail;

  function service(...strategies: CredentialStrategy[]): PasswordService {
    trail = new RecordingTrail();
    const authenticator = new Authenticator(strategies);
    const rules = new PasswordRules(settings);
    return new PasswordService(authenticator, passwordCheck(clock, authenticator), sessions, trail, rules);
  }

  it('ends all sessions of the person but the one at work', async () => {
    const client = { address: '192.0.2.1', userAgent: '' };
    const here = await sessions.open(alice, client, { canReread: true });
    const there = await sessions.open(alice, client, { canReread: true });
    const able = new Able(() => ({ changed: true, subject: 'fake:1' }));
    await service(new Unable(), able).change({ ...request, currentSessionId: here.session.id }, visit);
    expect(await sessions.find(here.session.id)).toBeDefined();
    expect(await sessions.find(there.session.id)).toBeUndefined();
    expect(trail.events).toMatchObject([
      { event: 'password_change', outcome: 'success', username: 'alice' },
      { event: 'session_end', cause: 'password_change', sessionId: there.session.id },
    ]);
    expect(JSON.stringify(trail.events)).not.toContain('canary');
  });

  it('takes a change for a success also where the source cannot tell whose sessions to end', async () => {
    clock.advance(1);
    const { session } = await sessions.open(
      alice,
      { address: '192.0.2.1', userAgent: '' },
      { canReread: true },
    );
    await service(new Able(() => ({ changed: true }))).change(request, visit);
    expect(await sessions.find(session.id)).toBeDefined();
    expect(trail.events).toMatchObject([{ event: 'password_change', outcome: 'success', username: 'alice' }]);
  });

  it('gives the policy’s reason', async () => {
    const text = { es: 'Demasiado corta', en: 'Too short' };
    const able = new Able(() => ({
      changed: false,
      reason: 'rejected_by_policy',
      text,
      detail: 'result 19',
    }));
    await expect(service(able).change(request, visit)).rejects.toMatchObject({
      code: 'PASSWORD_REJECTED',
      status: 422,
      text,
    });
  });

  it('asks no source for a new password that nobody may have', async () => {
    const asked: string[] = [];
    const able = new Able(() => {
      asked.push('able');
      return { changed: true };
    });
    const attempt = service(able).change({ ...request, newPassword: 'alice-7' }, visit);
    await expect(attempt).rejects.toMatchObject({ code: 'PASSWORD_REJECTED', status: 422 });
    expect([asked, trail.events]).toEqual([[], [expect.objectContaining({ reason: 'rejected_by_rules' })]]);
  });

  it('refuses a wrong old password like a login', async () => {
    const able = new Able(() => ({ changed: false, reason: 'invalid_credentials' }));
    await expect(service(able).change(request, visit)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(trail.events).toMatchObject([{ outcome: 'refused', reason: 'invalid_credentials' }]);
  });

  it('says when nobody can change passwords here, and names an unknown strategy', async () => {
    await expect(service(new Unable()).change(request, visit)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const named = service(new Unable()).change({ ...request, strategy: 'ldap' }, visit);
    await expect(named).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  it('does not turn an outage into a refusal', async () => {
    const able = new Able(() => {
      throw new StrategyUnavailable('able', 'down');
    });
    await expect(service(able).change(request, visit)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(trail.events).toMatchObject([{ outcome: 'unavailable' }]);
  });

  it.each([
    ['a store that fails', () => new StoreUnavailable('away')],
    ['a fault of our own', () => new TypeError('error-canary')],
  ])('leaves a line in the audit trail also for %s', async (_, error) => {
    const able = new Able(() => {
      throw error();
    });
    await expect(service(able).change(request, visit)).rejects.toThrow();
    const reason = 'the gateway could not go on; the log tells more of this request';
    expect(trail.events).toMatchObject([{ event: 'password_change', outcome: 'unavailable', reason }]);
  });

  describe('of somebody who has logged in', () => {
    const identity = { ...alice, strategy: 'able' };
    const words = { identity, oldPassword: 'old-canary', newPassword: 'new-canary' };
    const dn = 'cn=Alice Smith,dc=x';

    it('goes by the DN of the entry, whatever the name would find', async () => {
      const able = new Directory(() => Promise.resolve({ dn, attributes: {} }));
      await service(able).changeOwn(words, visit);
      expect(able.asked).toEqual([{ username: dn, password: 'old-canary', namedBy: 'dn' }]);
      expect(trail.events[0]).toMatchObject({ outcome: 'success', username: 'alice', subject: 'fake:1' });
    });

    it('goes by the name where the source shows no entries', async () => {
      const able = new Directory();
      await service(able).changeOwn(words, visit);
      expect(able.asked).toEqual([{ username: 'alice', password: 'old-canary' }]);
    });

    it('asks nobody, not even for the entry, about a password that nobody may have', async () => {
      const read = jest.fn();
      const able = new Directory(read);
      const short = service(able).changeOwn({ ...words, newPassword: 'short' }, visit);
      await expect(short).rejects.toMatchObject({ code: 'PASSWORD_REJECTED' });
      expect([read.mock.calls, able.asked]).toEqual([[], []]);
      expect(trail.events).toMatchObject([{ outcome: 'refused', reason: 'rejected_by_rules' }]);
    });

    describe('whose directory locks after three wrong passwords', () => {
      const wrong = { ...words, oldPassword: 'a-slip' };
      const refused = { code: 'UNAUTHORIZED' };

      it('a slip leaves them another try, which strangers have not', async () => {
        const changes = service(new Locking());
        await expect(changes.changeOwn(wrong, visit)).rejects.toMatchObject(refused);
        await changes.changeOwn(words, visit);
        const stranger = { ...request, credentials: { username: 'alice', password: 'a-guess' } };
        await expect(changes.change(stranger, visit)).rejects.toMatchObject(refused);
        await expect(changes.change(request, visit)).rejects.toMatchObject(refused);
        expect(trail.events.at(-1)).toMatchObject({ reason: `able: ${noTriesLeft}` });
        await changes.changeOwn(words, visit);
      });

      it('their session is known at the native door too, and nobody else’s is', async () => {
        const client = { address: '192.0.2.1', userAgent: '' };
        const open = async (subject: string) =>
          (await sessions.open({ ...identity, subject }, client, { canReread: true })).session.id;
        const [own, foreign] = [await open('fake:1'), await open('fake:2')];
        const changes = service(new Locking());
        const slip = { ...request, credentials: { username: 'alice', password: 'a-slip' } };
        await expect(changes.change(slip, visit)).rejects.toMatchObject(refused);
        for (const currentSessionId of [foreign, 'no-session']) {
          await expect(changes.change({ ...request, currentSessionId }, visit)).rejects.toMatchObject(
            refused,
          );
        }
        await changes.change({ ...request, currentSessionId: own }, visit);
      });

      it('goes past the bar that strangers have put up for the name', async () => {
        const changes = service(new Locking());
        const guess = { ...request, credentials: { username: 'alice', password: 'a-guess' } };
        for (let n = 0; n < 5; n++) await expect(changes.change(guess, visit)).rejects.toMatchObject(refused);
        await expect(changes.change(request, visit)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
        await changes.changeOwn(words, visit);
      });
    });

    it('asks nobody once the person is gone', async () => {
      const able = new Directory(() => Promise.resolve(undefined));
      await expect(service(able).changeOwn(words, visit)).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
      expect(able.asked).toEqual([]);
      expect(trail.events).toMatchObject([
        { event: 'password_change', outcome: 'refused', username: 'alice' },
      ]);
    });
  });

  it('never passes on an empty password', async () => {
    const able = new Able(() => ({ changed: true, subject: 'fake:1' }));
    const passwordless = { ...request, credentials: { username: 'a', password: '' } };
    await expect(service(able).change(passwordless, visit)).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    const emptied = service(able).change({ ...request, newPassword: '' }, visit);
    await expect(emptied).rejects.toMatchObject({ code: 'PASSWORD_REJECTED' });
  });
});
