import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { FakeClock } from '../../test/support/fake-clock';
import { ClientRegistry } from '../clients/client-registry';
import { loadSettings } from '../config/load-settings';
import { RefreshTokenCodec } from '../sessions/refresh-token';
import { LocalRefreshTokenKey } from '../sessions/refresh-token-key';
import type { SessionGrant } from '../sessions/session';
import { SessionService, type SessionWithToken } from '../sessions/session.service';
import { MemoryStore } from '../stores/memory.store';
import { firstRing } from '../tokens/key-ring';
import { keyPairOf } from '../tokens/signing-algorithms';
import { signingKey } from '../tokens/signing-key';
import { SharedSecretKeys } from '../tokens/signing-keys';
import { TokenService } from '../tokens/token.service';
import { TokenGrants } from './token-grants';

const clock = new FakeClock();
const secret = `sha256:${'0a'.repeat(32)}`;
const alice = {
  ...{ subject: 'file:1', username: 'alice', email: 'alice@example.org' },
  ...{ groups: ['staff'], roles: [], attributes: {}, strategy: 'file' },
};
const app = { clientId: 'app', scope: ['openid', 'email'] };

function grantsWith(clients: readonly object[]): TokenGrants {
  const { settings } = loadSettings({ OAUTH_CLIENTS: JSON.stringify(clients) });
  const policy = { algorithm: 'ES256', maxAgeMs: 1, leadMs: 1, leastLeadMs: 1, tokenLifeMs: 1 } as const;
  const pair = keyPairOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'ES256');
  const keys = new SharedSecretKeys(signingKey(firstRing(pair, { nowMs: 0, policy }).current));
  return new TokenGrants(new ClientRegistry(settings), new TokenService(keys, clock, settings), clock);
}

const both = grantsWith([{ client_id: 'app' }, { client_id: 'api', client_secret_hash: secret }]);

async function sessionOf(grant?: SessionGrant): Promise<SessionWithToken> {
  const codec = new RefreshTokenCodec(
    new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test'),
  );
  const service = new SessionService(new MemoryStore({ clock }), codec, clock, loadSettings({}).settings);
  return service.open(
    alice,
    { address: '192.0.2.1', userAgent: 'test' },
    { canReread: true, ...(grant && { grant }) },
  );
}

describe('whose a refresh token is', () => {
  it.each<[string, SessionGrant | undefined, string | undefined]>([
    ['the client that it was issued to', app, 'app'],
    ['the native API for a session of its own', undefined, undefined],
    ['the native API as a client', undefined, 'gatehouse'],
    ['the native API for a public client', app, undefined],
  ])('%s may use it', async (_case, grant, clientId) => {
    const { session } = await sessionOf(grant);
    expect(both.isOwner(session, clientId === undefined ? undefined : { clientId })).toBe(true);
  });

  it.each<[string, SessionGrant | undefined, string | undefined]>([
    ['another client', app, 'api'],
    ['a client for a session of the native API', undefined, 'app'],
    ['the native API as a client, for another', app, 'gatehouse'],
    ['the native API, for a confidential client', { clientId: 'api', scope: [] }, undefined],
    ['the native API, for a client that is no more', { clientId: 'gone', scope: [] }, undefined],
  ])('%s may not', async (_case, grant, clientId) => {
    const { session } = await sessionOf(grant);
    expect(both.isOwner(session, clientId === undefined ? undefined : { clientId })).toBe(false);
  });

  it('and never for more than was granted', async () => {
    const { session } = await sessionOf(app);
    const ask = (...scope: string[]) => both.demandScope(session, scope);
    expect(() => ask('email')).not.toThrow();
    expect(() => ask('email', 'admin')).toThrow(expect.objectContaining({ code: 'INVALID_SCOPE' }) as Error);
  });
});

describe('what is issued', () => {
  it('carries the scope, and an ID token for openid', async () => {
    const issued = both.issue(await sessionOf(app));
    expect(payloadOf(issued.accessToken)).toMatchObject({ client_id: 'app', scope: 'openid email' });
    expect(payloadOf(issued.idToken ?? '')).toMatchObject({
      aud: 'app',
      email: 'alice@example.org',
      sub: 'file:1',
    });
    expect(payloadOf(issued.idToken ?? '')).not.toHaveProperty('groups');
  });

  it('is narrowed for one access token', async () => {
    const { scope, idToken, accessToken } = both.issue(await sessionOf(app), ['email']);
    expect([scope, idToken, payloadOf(accessToken)['scope']]).toEqual([['email'], undefined, 'email']);
  });

  it('loses what OAUTH_CLIENTS has taken away since the login', async () => {
    const less = grantsWith([{ client_id: 'app', scope: 'email' }]);
    const issued = less.issue(await sessionOf(app));
    expect([issued.scope, issued.idToken]).toEqual([['email'], undefined]);
  });

  it('has no scope and no ID token for the native API', async () => {
    const issued = both.issue(await sessionOf());
    expect([issued.scope, issued.idToken]).toEqual([undefined, undefined]);
    expect(payloadOf(issued.accessToken)).toMatchObject({ client_id: 'gatehouse' });
  });
});

function payloadOf(jwt: string): Readonly<Record<string, unknown>> {
  const payload: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
  return Object.fromEntries(Object.entries(Object(payload) as object));
}
