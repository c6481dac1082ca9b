import { FakeClock } from '../../test/support/fake-clock';
import { FailingStore } from '../../test/support/failing-store';
import { passwordCheck } from '../../test/support/password-checks';
import { type AuditEvent, AuditTrail } from '../common/audit-trail';
import { StoreUnavailable } from '../stores/store';
import { tryPassword } from '../strategies/account-at-risk';
import { Authenticator } from '../strategies/authenticator';
import {
  type Credentials,
  CredentialStrategy,
  type LoginContext,
  StrategyUnavailable,
  type Verdict,
} from '../strategies/credential-strategy';
import { LoginCheck } from './login-check';
import { LoginPlaces } from './login-places';

const visit = { door: 'native', requestId: 'r', address: '192.0.2.1', userAgent: '', locale: 'es' } as const;
const request = { credentials: { username: 'Alice', password: 'password-canary' } };
const identity = {
  ...{ subject: 'fake:1', username: 'alice', groups: [], roles: [], attributes: {} },
  strategy: 'fake',
};

/** Takes every password, after whatever else it does. */
class Fake extends CredentialStrategy {
  readonly name = 'fake';

  constructor(private readonly onTry: () => void = () => undefined) {
    super();
  }

  async authenticate(_: Credentials, context: LoginContext): Promise<Verdict> {
    const attempt = () => Promise.resolve().then(this.onTry);
    await tryPassword(context, { key: 'fake:1', isFound: true }, attempt, () => 'right');
    return { accepted: true, identity };
  }
}

class RecordingTrail extends AuditTrail {
  readonly events: AuditEvent[] = [];

  record(event: AuditEvent): void {
    this.events.push(event);
  }
}

describe('a login that ends without an answer leaves one line in the audit trail', () => {
  const clock = new FakeClock();
  const seen = { event: 'login', door: 'native', requestId: 'r', address: '192.0.2.1' };
  const unavailable = { ...seen, username: 'alice', strategy: 'fake', outcome: 'unavailable' };
  const ownFault = {
    ...unavailable,
    reason: 'the gateway could not go on; the log tells more of this request',
  };
  let trail: RecordingTrail;

  function checkOf(strategy: Fake, parts: Parameters<typeof passwordCheck>[2] = {}): LoginCheck {
    trail = new RecordingTrail();
    const authenticator = new Authenticator([strategy]);
    return new LoginCheck(authenticator, passwordCheck(clock, authenticator, parts), trail);
  }

  it('where the source is away', async () => {
    const check = checkOf(
      new Fake(() => {
        throw new StrategyUnavailable('fake', 'down');
      }),
    );
    await expect(check.accept(request, visit)).rejects.toThrow(StrategyUnavailable);
    expect(trail.events).toEqual([{ ...unavailable, reason: 'fake' }]);
  });

  it('where the store fails once the source has taken the password', async () => {
    const store = new FailingStore({ clock });
    const check = checkOf(new Fake(() => void (store.isAway = true)), { store });
    const { settle } = await check.accept(request, visit);
    const login = { request, visit, whom: identity };
    await expect(check.orRecorded(login, settle)).rejects.toThrow(StoreUnavailable);
    expect(trail.events).toEqual([{ ...ownFault, subject: 'fake:1' }]);
  });

  it('where there is no place for it', async () => {
    const limits = { LOGIN_MAX_RUNNING: 0, LOGIN_MAX_WAITING: 0, LOGIN_MAX_WAIT_MS: 0 };
    const check = checkOf(new Fake(), { places: new LoginPlaces(limits) });
    await expect(check.accept(request, visit)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(trail.events).toEqual([ownFault]);
  });

  it('where our own code fails, without a word of the error', async () => {
    const check = checkOf(
      new Fake(() => {
        throw new TypeError('error-canary');
      }),
    );
    await expect(check.accept(request, visit)).rejects.toThrow('error-canary');
    expect(trail.events).toEqual([ownFault]);
  });

  it('where no session can be opened for somebody whose password was right', async () => {
    const check = checkOf(new Fake());
    await check.accept(request, visit);
    const login = { request, visit, whom: identity };
    const opening = check.orRecorded(login, () => Promise.reject(new StoreUnavailable('away')));
    await expect(opening).rejects.toThrow(StoreUnavailable);
    expect(trail.events).toEqual([{ ...ownFault, subject: 'fake:1' }]);
  });
});
