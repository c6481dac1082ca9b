import { clientInBody } from './presented-client';

// What a whole request presents is tried over real sockets in test/oidc-errors.spec.ts.
describe('clientInBody', () => {
  it.each<[string, unknown, unknown]>([
    ['a name', { client_id: 'app' }, { clientId: 'app', method: 'none' }],
    ['an empty secret', { client_id: 'app', client_secret: '' }, { clientId: 'app', method: 'none' }],
    [
      'both',
      { client_id: 'a', client_secret: 's' },
      { clientId: 'a', secret: 's', method: 'client_secret_post' },
    ],
    ['no name', { client_secret: 's' }, undefined],
    ['an empty name', { client_id: '' }, undefined],
    ['a name that is no text', { client_id: 7 }, undefined],
    ['a long name', { client_id: 'a'.repeat(129) }, undefined],
    ['a text', 'client_id=a', undefined],
    ['a list', [{ client_id: 'a' }], undefined],
    ['nothing', undefined, undefined],
  ])('of %s', (_case, body, expected) => expect(clientInBody(body)).toEqual(expected));

  it.each([7, null, ['s'], 's'.repeat(513)])('refuses the secret %p', (secret) => {
    const refused = expect.objectContaining({ code: 'INVALID_CLIENT' }) as Error;
    expect(() => clientInBody({ client_id: 'a', client_secret: secret })).toThrow(refused);
  });
});
