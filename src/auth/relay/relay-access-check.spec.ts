import { FakeRelay, maria } from '../../../test/support/fake-relay';
import { StrategyUnavailable } from '../../strategies/credential-strategy';
import { RelayAccessCheck } from './relay-access-check';

describe('RelayAccessCheck', () => {
  let relay: FakeRelay;
  let check: RelayAccessCheck;

  beforeEach(() => {
    relay = new FakeRelay();
    check = new RelayAccessCheck(relay);
  });

  it('asks the source about a token only when a closed route does', async () => {
    const presented = check.present('access-canary');
    expect(relay.calls).toEqual([]);
    expect(await presented.admit()).toEqual({ identity: maria });
    expect(relay.calls).toEqual(['identify access-canary']);
  });

  it('knows no session of ours', async () => {
    expect(check.present('access-canary').sessionId).toBeUndefined();
    expect(check.sessionIdOf()).toBeUndefined();
    expect(await check.sessionOf()).toBeUndefined();
  });

  it.each([
    ['expired', 'TOKEN_EXPIRED', 'El token ha expirado', 'The token has expired'],
    [
      'no_key_id',
      'INVALID_TOKEN',
      'Token inválido: no se pudo identificar la clave de firma',
      'Invalid token: the signing key could not be identified',
    ],
    ['invalid', 'INVALID_TOKEN', 'Token inválido', 'Invalid token'],
  ] as const)('says of a token that is %s: %s', async (fault, code, es, en) => {
    relay.onIdentify = () => ({ good: false, fault, detail: 'the reason' });
    await expect(check.present('t').admit()).rejects.toMatchObject({
      code,
      status: 401,
      text: { es, en },
      message: 'the reason',
    });
  });

  it('does not take an outage of the keys for a bad token', async () => {
    relay.onIdentify = () => {
      throw new StrategyUnavailable('external', 'the keys cannot be read');
    };
    await expect(check.present('t').admit()).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      status: 503,
    });
  });
});
