import { createHash } from 'node:crypto';
import { loadSettings } from '../config/load-settings';
import { ClientRegistry } from './client-registry';

const hashOf = (secret: string) => `sha256:${createHash('sha256').update(secret).digest('hex')}`;
const entries = [
  { client_id: 'app' },
  { client_id: 'api', client_secret_hash: [hashOf('old'), hashOf('new')] },
  { client_id: 'post', client_secret_hash: hashOf('s'), token_endpoint_auth_method: 'client_secret_post' },
];
const registry = registryOf(entries);
const refused = expect.objectContaining({ code: 'INVALID_CLIENT' }) as Error;

function registryOf(clients: readonly object[], env = {}): ClientRegistry {
  return new ClientRegistry(loadSettings({ OAUTH_CLIENTS: JSON.stringify(clients), ...env }).settings);
}

describe('ClientRegistry', () => {
  it.each([
    ['a public client by its name', { clientId: 'app', method: 'none' }],
    ['the native API by its name', { clientId: 'gatehouse', method: 'none' }],
    ['the old secret', { clientId: 'api', secret: 'old', method: 'client_secret_basic' }],
    ['the new secret', { clientId: 'api', secret: 'new', method: 'client_secret_post' }],
    [
      'a secret as it stood there',
      { clientId: 'api', secret: 'x', rawSecret: 'new', method: 'client_secret_basic' },
    ],
  ] as const)('takes %s', (_case, presented) =>
    expect(registry.authenticate(presented).clientId).toBe(presented.clientId),
  );

  it.each([
    ['an unknown client', { clientId: 'nobody', method: 'none' }],
    ['a name of JavaScript', { clientId: 'constructor', method: 'none' }],
    ['a wrong secret', { clientId: 'api', secret: 'x', method: 'client_secret_basic' }],
    ['an empty secret', { clientId: 'api', secret: '', method: 'client_secret_basic' }],
    ['the hash itself', { clientId: 'api', secret: hashOf('new').slice(7), method: 'client_secret_basic' }],
    ['a confidential client without its secret', { clientId: 'api', method: 'none' }],
    ['a public client with a secret', { clientId: 'app', secret: 'x', method: 'client_secret_post' }],
    ['another way than it may', { clientId: 'post', secret: 's', method: 'client_secret_basic' }],
  ] as const)('refuses %s', (_case, presented) =>
    expect(() => registry.authenticate(presented)).toThrow(refused),
  );

  it('knows whose a session is', () => {
    const grant = { clientId: 'app' };
    expect([registry.isOwner('app', { grant }), registry.isOwner('api', { grant })]).toEqual([true, false]);
    expect([registry.isOwner('gatehouse', {}), registry.isOwner('app', {})]).toEqual([true, false]);
    expect(['app', 'gatehouse', 'api', 'nobody'].map((id) => registry.isPublic(id))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('lets OAUTH_CLIENTS say otherwise of the native API', () => {
    const own = registryOf([{ client_id: 'login', scope: 'x:y' }], { JWT_CLIENT_ID: 'login' });
    expect(own.find('login')?.scope).toEqual(['x:y']);
    expect(own.find('gatehouse')).toBeUndefined();
  });
});
