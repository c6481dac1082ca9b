import fc from 'fast-check';
import { Authenticator } from './authenticator';
import {
  CredentialStrategy,
  type PasswordChange,
  type RefusalReason,
  refusalReasons,
  StrategyUnavailable,
  type Verdict,
} from './credential-strategy';
import type { Identity } from './identity';

const context = { requestId: 'request-1', address: '192.0.2.1' };
const credentials = { username: 'ana', password: 'secret' };

type Outcome = 'accept' | 'outage' | RefusalReason;

function identityFrom(strategy: string, id = '1'): Identity {
  return { subject: `${strategy}:${id}`, username: 'ana', groups: [], roles: [], attributes: {}, strategy };
}

class Fake extends CredentialStrategy {
  asked = 0;

  constructor(
    readonly name: string,
    private readonly outcome: Outcome = 'accept',
  ) {
    super();
  }

  authenticate(): Promise<Verdict> {
    this.asked++;
    if (this.outcome === 'outage') return Promise.reject(new StrategyUnavailable(this.name, 'down'));
    if (this.outcome === 'accept') {
      return Promise.resolve({ accepted: true, identity: identityFrom(this.name) });
    }
    return Promise.resolve({ accepted: false, reason: this.outcome });
  }
}

class Rereading extends Fake {
  answer: Identity | undefined | 'outage';

  reread(): Promise<Identity | undefined> {
    if (this.answer === 'outage') return Promise.reject(new StrategyUnavailable(this.name, 'down'));
    return Promise.resolve(this.answer);
  }
}

class Closing extends Fake {
  closed = false;

  close(): Promise<void> {
    this.closed = true;
    return this.name === 'broken' ? Promise.reject(new Error('cannot close')) : Promise.resolve();
  }
}

class Changing extends Fake {
  constructor(
    name: string,
    private readonly refusal: { readonly reason: RefusalReason; readonly logReason?: string },
  ) {
    super(name);
  }

  changePassword(): Promise<PasswordChange> {
    return Promise.resolve({ changed: false, ...this.refusal });
  }
}

const fakes = (...outcomes: Outcome[]): Fake[] =>
  outcomes.map((outcome, index) => new Fake(`s${index}`, outcome));

describe('the authenticator', () => {
  it.each([
    ['an empty password', { ...credentials, password: '' }],
    ['an empty name', { ...credentials, username: '' }],
    ['a blank name', { ...credentials, username: ' \u3000\t' }],
  ])('refuses %s before any strategy is asked', async (_case, given) => {
    const strategies = fakes('accept');
    const verdict = await new Authenticator(strategies).authenticate(given, context);
    expect(verdict).toEqual({ accepted: false, reason: 'invalid_credentials' });
    expect(strategies[0]?.asked).toBe(0);
  });

  it('passes the credentials on exactly as typed', async () => {
    const [strategy] = fakes('accept');
    if (!strategy) throw new Error('no strategy');
    const authenticate = jest.spyOn(strategy, 'authenticate');
    const typed = { username: ' ANA ', password: ' \u0000 ' };
    await new Authenticator([strategy]).authenticate(typed, context);
    expect(authenticate).toHaveBeenCalledWith(typed, context);
  });

  it('refuses when there is no strategy', async () => {
    const verdict = await new Authenticator([]).authenticate(credentials, context);
    expect(verdict).toEqual({ accepted: false, reason: 'invalid_credentials' });
  });

  it('holds its rules for every order of outcomes', async () => {
    const outcome = fc.constantFrom<Outcome>('accept', 'outage', ...refusalReasons);
    await fc.assert(
      fc.asyncProperty(fc.array(outcome, { minLength: 1, maxLength: 6 }), async (outcomes) => {
        const strategies = fakes(...outcomes);
        const result = await new Authenticator(strategies)
          .authenticate(credentials, context)
          .catch((error: unknown) => error);
        const end = outcomes.findIndex((each) => each === 'accept' || each === 'outage');
        expectAsked(strategies, end < 0 ? outcomes.length : end + 1);
        if (end < 0) expect(result).toEqual({ accepted: false, reason: expectedReason(outcomes) });
        else if (outcomes[end] === 'outage') expect(result).toMatchObject({ strategy: `s${end}` });
        else expect(result).toMatchObject({ accepted: true, identity: { strategy: `s${end}` } });
      }),
    );
  });

  it('asks the chosen strategy alone', async () => {
    const strategies = fakes('accept', 'account_locked', 'outage');
    const authenticator = new Authenticator(strategies);
    expect(await authenticator.authenticate(credentials, context, 's1')).toEqual({
      accepted: false,
      reason: 'account_locked',
    });
    await expect(authenticator.authenticate(credentials, context, 's2')).rejects.toThrow('down');
    await expect(authenticator.authenticate(credentials, context, 's9')).rejects.toThrow('no strategy');
    expect(strategies.map(({ asked }) => asked)).toEqual([0, 1, 1]);
  });

  it('knows its strategies by name and in order', () => {
    const authenticator = new Authenticator(fakes('accept', 'accept'));
    expect(authenticator.names).toEqual(['s0', 's1']);
    expect(authenticator.has('s1')).toBe(true);
    expect(authenticator.has('constructor')).toBe(false);
    expect(() => new Authenticator([new Fake('x'), new Fake('x')])).toThrow('same name');
  });

  describe('reading somebody again', () => {
    const rereading = new Rereading('files');
    const authenticator = new Authenticator([new Fake('plain'), rereading]);

    it.each<[string, string, Identity | undefined | 'outage', unknown]>([
      ['the person as they are now', 'files', identityFrom('files'), 'current'],
      ['gone, when the source knows nobody', 'files', undefined, 'gone'],
      ['gone, when it is another person', 'files', identityFrom('files', '2'), 'gone'],
      ['gone, when the strategy is no longer configured', 'removed', undefined, 'gone'],
      ['unsupported, when the source cannot look', 'plain', undefined, 'unsupported'],
    ])('gives %s', async (_case, strategy, answer, kind) => {
      rereading.answer = answer;
      const result = await authenticator.reread(identityFrom(strategy));
      expect(result.kind).toBe(kind);
    });

    it('throws on an outage', async () => {
      rereading.answer = 'outage';
      await expect(authenticator.reread(identityFrom('files'))).rejects.toBeInstanceOf(StrategyUnavailable);
    });

    it('tells beforehand which strategies can', () => {
      expect(['files', 'plain', 'removed'].map((name) => authenticator.canReread(name))).toEqual([
        true,
        false,
        false,
      ]);
    });
  });

  it('says of a refused change of a password which source refused it, and why in truth', async () => {
    const authenticator = new Authenticator([
      new Changing('a', { reason: 'invalid_credentials' }),
      new Changing('b', { reason: 'invalid_credentials', logReason: 'account_locked (775)' }),
      new Changing('c', { reason: 'account_disabled', logReason: 'not tried' }),
    ]);
    expect(await authenticator.changePassword(credentials, 'new', context)).toEqual({
      changed: false,
      reason: 'account_disabled',
      logReason: 'b: account_locked (775); c: not tried',
    });
    expect(await authenticator.changePassword(credentials, 'new', context, 'a')).toEqual({
      changed: false,
      reason: 'invalid_credentials',
    });
  });

  it('closes every strategy that can be closed, also when one fails', async () => {
    const strategies = [new Fake('plain'), new Closing('broken'), new Closing('whole')];
    await expect(new Authenticator(strategies).close()).rejects.toThrow('cannot close');
    expect(strategies.filter((each) => each instanceof Closing).every(({ closed }) => closed)).toBe(true);
    await expect(new Authenticator([new Closing('whole')]).close()).resolves.toBeUndefined();
  });
});

function expectAsked(strategies: readonly Fake[], count: number): void {
  expect(strategies.map(({ asked }) => asked)).toEqual(strategies.map((_, index) => (index < count ? 1 : 0)));
}

function expectedReason(outcomes: readonly Outcome[]): Outcome {
  return outcomes.filter((outcome) => outcome !== 'invalid_credentials')[0] ?? 'invalid_credentials';
}
