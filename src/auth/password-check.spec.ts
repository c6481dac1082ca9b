import { FakeClock } from '../../test/support/fake-clock';
import { passwordCheck } from '../../test/support/password-checks';
import { tryPassword } from '../strategies/account-at-risk';
import { type LoginContext, StrategyUnavailable } from '../strategies/credential-strategy';
import { NameBarred, type PasswordAnswer } from './account-check';
import type { PasswordCheck } from './password-check';

const visit = { door: 'native', requestId: 'r', address: '192.0.2.1', userAgent: '', locale: 'es' } as const;

/** What a source does: it names the account and tries the password once. */
function source(key: string, was: 'right' | 'wrong') {
  let asked = 0;
  let tried = 0;
  const ask = async (context: LoginContext): Promise<'right' | 'wrong' | undefined> => {
    asked++;
    const attempt = (): Promise<'right' | 'wrong'> => {
      tried++;
      return Promise.resolve(was);
    };
    return tryPassword(context, { key }, attempt, (result) => result);
  };
  return { ask, counts: () => ({ asked, tried }) };
}

describe('PasswordCheck', () => {
  let check: PasswordCheck;

  beforeEach(() => {
    check = passwordCheck(new FakeClock());
  });

  function login(
    username: string,
    ask: (context: LoginContext) => Promise<string | undefined>,
    deviceTokens: readonly string[] = [],
  ): Promise<PasswordAnswer<string | undefined>> {
    const typed = { credentials: { username }, visit: { ...visit, deviceTokens } };
    const attempt = { ...typed, act: 'login', sources: ['fake'] } as const;
    return check.run(attempt, ask, (answer) => (answer === 'right' ? 'accepted' : 'refused'));
  }

  async function bar(username: string): Promise<void> {
    const nobody = (): Promise<undefined> => Promise.resolve(undefined);
    for (let n = 0; n < 5; n++) await login(username, nobody);
  }

  it('asks nobody about a name that is barred, and tells how long to wait', async () => {
    await bar('alice');
    const { ask, counts } = source('fake:1', 'right');
    await expect(login('Alice', ask)).rejects.toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      options: { retryAfterSeconds: 2100 },
    });
    expect(counts()).toEqual({ asked: 0, tried: 0 });
  });

  it('lets a device of somebody else look, and try nothing, where the name is barred', async () => {
    const { deviceToken = '' } = await login('bob', source('fake:2', 'right').ask);
    await bar('alice');
    const { ask, counts } = source('fake:1', 'right');
    await expect(login('alice', ask, [deviceToken])).rejects.toThrow(NameBarred);
    expect(counts()).toEqual({ asked: 1, tried: 0 });
  });

  it('lets a device of the person try all the same, and leaves the bar for all others', async () => {
    const { deviceToken = '' } = await login('alice', source('fake:1', 'right').ask);
    await bar('alice');
    for (let n = 0; n < 3; n++) {
      expect((await login('alice', source('fake:1', 'right').ask, ['odd', deviceToken])).answer).toBe(
        'right',
      );
    }
    await expect(login('alice', source('fake:1', 'right').ask)).rejects.toThrow(NameBarred);
  });

  it('frees a name that is not barred yet when a password is right on a device that is not known', async () => {
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 4; n++) await login('alice', () => Promise.resolve(undefined));
      expect((await login('alice', source('fake:1', 'right').ask)).answer).toBe('right');
    }
  });

  it('asks each device of a request, up to four, and goes on with the one that knows the account', async () => {
    const { deviceToken: bob = '' } = await login('bob', source('fake:2', 'right').ask);
    const { deviceToken: alice = '' } = await login('alice', source('fake:1', 'right').ask);
    await bar('alice');
    await bar('bob');
    const tokens = [bob, alice];
    const { answer, deviceToken = '' } = await login('alice', source('fake:1', 'right').ask, tokens);
    expect(answer).toBe('right');
    expect((await login('alice', source('fake:1', 'right').ask, [deviceToken])).answer).toBe('right');
    await expect(login('bob', source('fake:2', 'right').ask, [deviceToken])).rejects.toThrow(NameBarred);
    const fifth = [bob, bob, bob, bob, alice];
    await expect(login('alice', source('fake:1', 'right').ask, fifth)).rejects.toThrow(NameBarred);
  });

  it('counts no outage, neither of the name nor of the account', async () => {
    const down = (): Promise<never> => Promise.reject(new StrategyUnavailable('fake', 'down'));
    for (let n = 0; n < 10; n++) {
      const ask = (context: LoginContext) => tryPassword(context, { key: 'fake:1' }, down, () => 'wrong');
      await expect(login('alice', ask)).rejects.toThrow(StrategyUnavailable);
    }
    expect((await login('alice', source('fake:1', 'right').ask)).answer).toBe('right');
  });

  it('takes a right password of somebody who may not log in for no failure', async () => {
    for (let n = 0; n < 10; n++) {
      const { ask } = source('fake:1', 'right');
      const barred = async (context: LoginContext) => ((await ask(context)) ? 'disabled' : undefined);
      expect((await login('alice', barred)).answer).toBe('disabled');
    }
  });
});
