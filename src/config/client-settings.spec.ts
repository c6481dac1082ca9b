import { clientSettings, isDialect, scopeTokens } from './client-settings';
import { loadSettings } from './load-settings';

const hash = `sha256:${'0a'.repeat(32)}`;
const parse = (entries: unknown) => clientSettings.OAUTH_CLIENTS.parse(JSON.stringify(entries));

describe('OAUTH_CLIENTS', () => {
  it('reads public and confidential clients', () => {
    expect(
      parse([
        { client_id: 'app', client_name: 'The app', scope: 'openid  email openid' },
        { client_id: 'api', client_secret_hash: [hash.toUpperCase().replace('SHA256', 'sha256'), hash] },
        { client_id: 'one', client_secret_hash: hash, token_endpoint_auth_method: 'client_secret_post' },
      ]),
    ).toEqual([
      {
        ...{ clientId: 'app', clientName: 'The app', scope: ['openid', 'email'] },
        ...{ secretHashes: [], authMethods: ['none'], postLogoutRedirectUris: [] },
      },
      expect.objectContaining({
        secretHashes: ['0a'.repeat(32), '0a'.repeat(32)],
        authMethods: ['client_secret_basic', 'client_secret_post'],
      }),
      expect.objectContaining({ clientId: 'one', authMethods: ['client_secret_post'] }),
    ]);
  });

  it.each<[string, unknown, RegExp]>([
    ['no list', { client_id: 'app' }, /JSON list/],
    ['no object', ['app'], /entry 1: must be a JSON object/],
    ['a secret', [{ client_id: 'app', client_secret: 'hunter2' }], /holds a client_secret/],
    ['an unknown member', [{ client_id: 'app', redirect_uris: [] }], /unknown member/],
    ['no id', [{ client_id: 'a' }, {}], /entry 2: client_id/],
    ['an id with a blank', [{ client_id: 'a b' }], /client_id/],
    ['a long id', [{ client_id: 'a'.repeat(129) }], /client_id/],
    ['an id twice', [{ client_id: 'a' }, { client_id: 'a' }], /twice/],
    ['a long name', [{ client_id: 'a', client_name: 'x'.repeat(257) }], /client_name/],
    ['another hash', [{ client_id: 'a', client_secret_hash: 'md5:00' }], /sha256:/],
    ['too many hashes', [{ client_id: 'a', client_secret_hash: Array(6).fill(hash) }], /more than 5/],
    [
      'none with a secret',
      [{ client_id: 'a', client_secret_hash: hash, token_endpoint_auth_method: 'none' }],
      /one of/,
    ],
    [
      'Basic without one',
      [{ client_id: 'a', token_endpoint_auth_method: 'client_secret_basic' }],
      /one of none/,
    ],
    ['a scope that is none', [{ client_id: 'a', scope: 'a"b' }], /scope/],
    ['a long scope', [{ client_id: 'a', scope: 'x '.repeat(600) }], /scope/],
    ['a script', [{ client_id: 'a', post_logout_redirect_uris: ['javascript:alert(1)'] }], /absolute URLs/],
    ['a path', [{ client_id: 'a', post_logout_redirect_uris: '/home' }], /absolute URLs/],
    [
      'too many addresses',
      [{ client_id: 'a', post_logout_redirect_uris: Array(51).fill('https://a/') }],
      /more than 50/,
    ],
    ['too many clients', Array.from({ length: 1001 }, (_, n) => ({ client_id: `c${n}` })), /more than 1000/],
  ])('refuses %s', (_case, entries, fault) => expect(() => parse(entries)).toThrow(fault));

  it('never repeats what it refuses', () => {
    const load = () => loadSettings({ OAUTH_CLIENTS: '[{"client_id":"a","client_secret":"hunter2"}]' });
    expect(load).toThrow(/OAUTH_CLIENTS/);
    expect(load).not.toThrow(/hunter2/);
    expect(() => clientSettings.OAUTH_CLIENTS.parse('[{hunter2')).toThrow(/^must be a JSON list of clients$/);
  });
});

it('no confidential client has the name that logins of the native API carry', () => {
  const clients = (entry: object) => ({ OAUTH_CLIENTS: JSON.stringify([entry]) });
  const confidential = { client_id: 'login', client_secret_hash: hash };
  const load = (entry: object, JWT_CLIENT_ID: string) => () =>
    loadSettings({ ...clients(entry), JWT_CLIENT_ID });
  expect(load(confidential, 'login')).toThrow(/JWT_CLIENT_ID/);
  expect(load(confidential, 'other')).not.toThrow();
  expect(load({ client_id: 'login' }, 'login')).not.toThrow();
});

it('COMPAT takes the dialects that there are, in any case', () => {
  expect(loadSettings({ COMPAT: 'Django, genauth' }).settings.COMPAT).toEqual(['django', 'genauth']);
  expect(() => loadSettings({ COMPAT: 'keycloak' })).toThrow(/COMPAT must hold only/);
  expect([isDialect('django'), isDialect('toString')]).toEqual([true, false]);
});

it('a scope is read token by token', () => {
  expect(scopeTokens(' a  b a ')).toEqual(['a', 'b']);
  expect(scopeTokens('')).toEqual([]);
  expect([scopeTokens('a\\b'), scopeTokens('ä'), scopeTokens('a\tb'), scopeTokens('x'.repeat(129))]).toEqual(
    Array(4).fill(undefined),
  );
});

it('an issuer that is no address is warned of', () => {
  const warned = (issuer: string) =>
    // Pages have a warning of their own for issuers below a path.
    loadSettings({ JWT_ISSUER: issuer, PAGES: 'false' }).warnings.join().includes('JWT_ISSUER');
  expect(['gatehouse', 'urn:a:b', 'ftp://a/', 'https://a/?b', 'https://a/#b'].map(warned)).toEqual(
    Array(5).fill(true),
  );
  expect(['https://a', 'http://localhost:3000/x/'].map(warned)).toEqual([false, false]);
});
