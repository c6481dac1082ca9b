import type { Credentials, LoginContext } from '../../src/strategies/credential-strategy';
import type { Identity } from '../../src/strategies/identity';
import {
  type RelayedBearer,
  type RelayedLogin,
  type RelayedRefresh,
  TokenRelay,
} from '../../src/strategies/token-relay';

export const maria: Identity = {
  subject: 'external:1042',
  username: 'maria',
  groups: [],
  roles: ['juez'],
  attributes: {},
  strategy: 'external',
};

/** A source that issues its own tokens. Tests set its answers; every call is noted. */
export class FakeRelay extends TokenRelay {
  readonly name = 'external';
  readonly calls: string[] = [];
  onLogin: () => RelayedLogin = () => ({
    accepted: true,
    identity: maria,
    tokens: { accessToken: 'access-canary', refreshToken: 'refresh-canary' },
  });
  onRefresh: () => RelayedRefresh = () => ({ accepted: true, tokens: { accessToken: 'access-canary-2' } });
  onRevoke: () => void = () => undefined;
  onIdentify: () => RelayedBearer = () => ({ good: true, identity: maria, expiresAtSeconds: 1 });

  login({ username, password }: Credentials, _context: LoginContext): Promise<RelayedLogin> {
    return this.answer(`login ${username} ${password}`, () => this.onLogin());
  }

  refresh(refreshToken: string): Promise<RelayedRefresh> {
    return this.answer(`refresh ${refreshToken}`, () => this.onRefresh());
  }

  revoke(refreshToken: string): Promise<void> {
    return this.answer(`revoke ${refreshToken}`, () => this.onRevoke());
  }

  identify(accessToken: string): Promise<RelayedBearer> {
    return this.answer(`identify ${accessToken}`, () => this.onIdentify());
  }

  private answer<T>(call: string, give: () => T): Promise<T> {
    this.calls.push(call);
    return Promise.resolve().then(give);
  }
}
