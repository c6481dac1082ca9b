import { Authenticator } from './authenticator';
import { CredentialStrategy, type OwnName, StrategyUnavailable, type Verdict } from './credential-strategy';
import { ownName } from './ldap/typed-name';

const context = { requestId: 'request-1', address: '192.0.2.1' };

class FakeDirectory extends CredentialStrategy {
  asked = 0;

  constructor(
    readonly name: string,
    private readonly domains: { domain?: string; netbiosDomain?: string },
    private readonly isDown = false,
  ) {
    super();
  }

  ownName(typed: string): OwnName | undefined {
    return ownName(typed, this.domains);
  }

  authenticate(): Promise<Verdict> {
    this.asked++;
    if (this.isDown) return Promise.reject(new StrategyUnavailable(this.name, 'down'));
    return Promise.resolve({ accepted: false, reason: 'invalid_credentials' });
  }
}

describe('routing by name', () => {
  const home = new FakeDirectory('ldap', { domain: 'ad.example.org', netbiosDomain: 'EXAMPLE' }, true);
  const partners = new FakeDirectory('ldap.partners', {
    domain: 'partners.example.org',
    netbiosDomain: 'PARTNERS',
  });
  const anything = new FakeDirectory('external', {});
  const authenticator = new Authenticator([home, partners, anything]);
  const login = (username: string) => authenticator.authenticate({ username, password: 'x' }, context);

  beforeEach(() => [home, partners, anything].forEach((strategy) => (strategy.asked = 0)));
  const asked = () => [home.asked, partners.asked, anything.asked];

  it.each(['alice@partners.example.org', 'partners\\alice'])(
    'asks only the directory that %s names, so that a broken one delays nobody else',
    async (name) => {
      expect(await login(name)).toEqual({ accepted: false, reason: 'invalid_credentials' });
      expect(asked()).toEqual([0, 1, 0]);
    },
  );

  it('does not ask a directory whose name it cannot be', async () => {
    expect((await login('alice@elsewhere.example.org')).accepted).toBe(false);
    expect(asked()).toEqual([0, 0, 1]);
    expect((await login('ELSEWHERE\\alice')).accepted).toBe(false);
    expect(asked()).toEqual([0, 0, 1]);
  });

  it('asks all in turn for a name without a domain', async () => {
    await expect(login('alice')).rejects.toBeInstanceOf(StrategyUnavailable);
    expect(asked()).toEqual([1, 0, 0]);
  });

  it('has one canonical name for all spellings', () => {
    for (const name of ['alice', ' Alice', 'ALICE@AD.EXAMPLE.ORG', 'example\\alice', 'PARTNERS\\Alice']) {
      expect(authenticator.canonicalName(name)).toBe('alice');
    }
    expect(authenticator.canonicalName('Alice@elsewhere.org')).toBe('alice@elsewhere.org');
  });
});
