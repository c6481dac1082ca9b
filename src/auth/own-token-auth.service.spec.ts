import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { FakeClock } from '../../test/support/fake-clock';
import { passwordCheck } from '../../test/support/password-checks';
import { ClientRegistry } from '../clients/client-registry';
import { type AuditEvent, AuditTrail } from '../common/audit-trail';
import { createLogger } from '../common/logger';
import { loadSettings } from '../config/load-settings';
import { RefreshTokenCodec } from '../sessions/refresh-token';
import { LocalRefreshTokenKey } from '../sessions/refresh-token-key';
import { SessionService } from '../sessions/session.service';
import { MemoryStore } from '../stores/memory.store';
import { StoreUnavailable } from '../stores/store';
import { Authenticator } from '../strategies/authenticator';
import { CredentialStrategy, type Verdict } from '../strategies/credential-strategy';
import type { Identity } from '../strategies/identity';
import { firstRing } from '../tokens/key-ring';
import { keyPairOf } from '../tokens/signing-algorithms';
import { signingKey } from '../tokens/signing-key';
import { SharedSecretKeys, type SigningKeys } from '../tokens/signing-keys';
import { TokenService } from '../tokens/token.service';
import { IdentityRenewal } from './identity-renewal';
import { LoginCheck } from './login-check';
import { OwnTokenAuthService } from './own-token-auth.service';
import { TokenGrants } from './token-grants';

const visit = { door: 'native', requestId: 'r', address: '192.0.2.1', userAgent: '', locale: 'es' } as const;
const hasLeft = (): boolean => true;
const alice: Identity = {
  ...{ subject: 'fake:1', username: 'alice', groups: [], roles: [] },
  ...{ attributes: {}, strategy: 'fake' },
};

class Source extends CredentialStrategy {
  readonly name = 'fake';
  /** What happens while it is asked. */
  whileAsked: () => void = () => undefined;

  authenticate(): Promise<Verdict> {
    return Promise.resolve({ accepted: true, identity: alice });
  }

  reread(): Promise<Identity> {
    this.whileAsked();
    return Promise.resolve(alice);
  }
}

class RecordingTrail extends AuditTrail {
  readonly events: AuditEvent[] = [];

  record(event: AuditEvent): void {
    this.events.push(event);
  }
}

describe('our own sessions, with two gateways over one store', () => {
  const { settings } = loadSettings({});
  const policy = { algorithm: 'ES256', maxAgeMs: 1, leadMs: 1, leastLeadMs: 1, tokenLifeMs: 1 } as const;
  const pair = keyPairOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'ES256');
  const keys = new SharedSecretKeys(signingKey(firstRing(pair, { nowMs: 0, policy }).current));
  const codec = new RefreshTokenCodec(
    new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test'),
  );
  const refused = {
    ...{ event: 'refresh', outcome: 'refused', subject: 'fake:1', requestId: 'r' },
    reason: 'the session has moved on, and the client of this request has left',
  };
  let clock: FakeClock;
  let source: Source;
  let trail: RecordingTrail;
  let one: OwnTokenAuthService;
  let two: OwnTokenAuthService;

  beforeEach(() => {
    clock = new FakeClock();
    source = new Source();
    trail = new RecordingTrail();
    const store = new MemoryStore({ clock });
    one = gatewayOver(store);
    two = gatewayOver(store);
  });

  function gatewayOver(store: MemoryStore, signing: SigningKeys = keys): OwnTokenAuthService {
    const authenticator = new Authenticator([source]);
    return new OwnTokenAuthService(
      new LoginCheck(authenticator, passwordCheck(clock, authenticator), trail),
      new SessionService(store, codec, clock, settings),
      new IdentityRenewal(authenticator, clock, createLogger('silent'), settings),
      new TokenGrants(new ClientRegistry(settings), new TokenService(signing, clock, settings), clock),
      trail,
    );
  }

  it('are not opened while no key can sign its tokens', async () => {
    class UnreadKeys extends SharedSecretKeys {
      override current(): never {
        throw new StoreUnavailable('the signing keys have not been read yet');
      }
    }
    const store = new MemoryStore({ clock });
    const unready = gatewayOver(store, new UnreadKeys(keys.current()));
    const credentials = { username: 'alice', password: 'seven green kettles' };
    await expect(unready.login({ credentials }, visit)).rejects.toThrow(StoreUnavailable);
    expect((await store.scan('session:', undefined, 10)).keys).toEqual([]);
  });

  async function login(): Promise<string> {
    const credentials = { username: 'alice', password: 'seven green kettles' };
    return (await one.login({ credentials }, visit)).refreshToken ?? '';
  }

  async function successor(gateway: OwnTokenAuthService, token: string): Promise<string> {
    return (await gateway.refresh(token, visit)).refreshToken ?? '';
  }

  it('are not lost by an old request of a client that went on at the other, found after a hang longer than the grace window', async () => {
    const first = await login();
    const second = await successor(two, first);
    clock.advance(31_000);
    const late = one.refresh(first, { ...visit, hasLeft });
    await expect(late).rejects.toMatchObject({ code: 'REFRESH_TOKEN_INVALID' });
    expect(trail.events.at(-1)).toMatchObject(refused);
    expect(await successor(two, second)).not.toBe(second);
  });

  it('loses nothing where it leaves while its person is read again', async () => {
    const first = await login();
    const second = await successor(two, first);
    clock.advance(301_000);
    let isGone = false;
    source.whileAsked = () => (isGone = true);
    const late = one.refresh(first, { ...visit, hasLeft: () => isGone });
    await expect(late).rejects.toMatchObject({ code: 'REFRESH_TOKEN_INVALID' });
    expect(trail.events.at(-1)).toMatchObject(refused);
    expect(await successor(two, second)).not.toBe(second);
  });

  it('loses nothing by a token that is spent, and the audit trail tells of it', async () => {
    const first = await login();
    const third = await successor(two, await successor(two, first));
    const late = one.refresh(first, { ...visit, hasLeft });
    await expect(late).rejects.toMatchObject({ code: 'REFRESH_TOKEN_INVALID' });
    expect(trail.events.at(-1)).toMatchObject(refused);
    expect(await successor(two, third)).not.toBe(third);
  });

  it('leaves others their way: who waits for the answer gets a new branch for one that got lost', async () => {
    const first = await login();
    const lost = await successor(two, first);
    clock.advance(31_000);
    const branch = await successor(one, first);
    expect(branch).not.toBe(lost);
    expect(await successor(two, branch)).not.toBe(branch);
  });
});
