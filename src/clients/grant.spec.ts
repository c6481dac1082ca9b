import type { OAuthClient } from '../config/client-settings';
import { grantOf, requestedScope } from './grant';

const open: OAuthClient = {
  clientId: 'app',
  secretHashes: [],
  authMethods: ['none'],
  postLogoutRedirectUris: [],
};
const limited: OAuthClient = { ...open, scope: ['openid', 'email'] };
const refused = expect.objectContaining({ code: 'INVALID_SCOPE' }) as Error;

describe('grantOf', () => {
  it.each<[string, OAuthClient, string | undefined, readonly string[]]>([
    ['what was asked for', open, 'openid x:y', ['openid', 'x:y']],
    ['nothing in particular', open, undefined, []],
    ['nothing for a blank', open, '  ', []],
    ['a part of what is allowed', limited, 'email', ['email']],
    ['all that is allowed', limited, undefined, ['openid', 'email']],
    ['each once', limited, 'email  email', ['email']],
  ])('gives %s', (_case, client, requested, scope) =>
    expect(grantOf(client, requested)).toEqual({ clientId: 'app', scope }),
  );

  it.each([
    ['more than is allowed', limited, 'openid admin'],
    ['what its entry would have to name', open, 'gatehouse:admin'],
    ['what is no scope', open, 'a"b'],
    ['too much', open, 'x '.repeat(513)],
  ])('refuses %s', (_case, client, requested) => expect(() => grantOf(client, requested)).toThrow(refused));

  it('has nothing to say of a request without a scope', () => {
    expect([requestedScope(undefined), requestedScope('')]).toEqual([undefined, undefined]);
  });
});
