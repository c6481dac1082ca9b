import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { FakeClock } from '../../test/support/fake-clock';
import { manyLoginPlaces } from '../../test/support/login-places';
import { ClientRegistry } from '../clients/client-registry';
import { type AuditEvent, AuditTrail } from '../common/audit-trail';
import { createLogger } from '../common/logger';
import { loadSettings } from '../config/load-settings';
import { AccountMac } from '../sessions/account-mac';
import { DeviceTokenCodec } from '../sessions/device-token';
import { RefreshTokenCodec } from '../sessions/refresh-token';
import { LocalRefreshTokenKey } from '../sessions/refresh-token-key';
import { SessionService } from '../sessions/session.service';
import { MemoryStore } from '../stores/memory.store';
import { StoreUnavailable } from '../stores/store';
import { tryPassword } from '../strategies/account-at-risk';
import { Authenticator } from '../strategies/authenticator';
import {
  CredentialStrategy,
  type Credentials,
  type LoginContext,
  StrategyUnavailable,
  type Verdict,
} from '../strategies/credential-strategy';
import type { Identity } from '../strategies/identity';
import { AccountNames } from '../throttle/account-names';
import { AccountStore } from '../throttle/account-store';
import { AccountTries } from '../throttle/account-tries';
import { firstRing } from '../tokens/key-ring';
import { keyPairOf } from '../tokens/signing-algorithms';
import { signingKey } from '../tokens/signing-key';
import { SharedSecretKeys } from '../tokens/signing-keys';
import { TokenService } from '../tokens/token.service';
import { AccountCheck } from './account-check';
import { EvenRefusals } from './even-refusals';
import { IdentityRenewal } from './identity-renewal';
import { LoginCheck } from './login-check';
import { OwnTokenAuthService } from './own-token-auth.service';
import { PasswordCheck } from './password-check';
import { TokenGrants } from './token-grants';

const visit = { door: 'native', requestId: 'r', address: '192.0.2.1', userAgent: '', locale: 'es' } as const;
const accountAt = (source: string) => ({ key: `${source}:1`, isFound: true });
const account = accountAt('fake');
const right = 'seven green kettles';
const alice: Identity = {
  ...{ subject: 'fake:1', username: 'alice', groups: [], roles: [] },
  ...{ attributes: {}, strategy: 'fake' },
};

/** Tells in which turn of the event loop each change was asked for, and refuses those below a prefix. */
class WatchedStore extends MemoryStore {
  readonly changes: string[] = [];
  refuses: string | undefined;
  private turn = 0;

  override create(...request: Parameters<MemoryStore['create']>): Promise<boolean> {
    return this.watched('create', request[0], () => super.create(...request));
  }

  override replace(...request: Parameters<MemoryStore['replace']>): Promise<boolean> {
    return this.watched('replace', request[0], () => super.replace(...request));
  }

  override delete(...request: Parameters<MemoryStore['delete']>): Promise<boolean> {
    return this.watched('delete', request[0], () => super.delete(...request));
  }

  private watched(verb: string, key: string, change: () => Promise<boolean>): Promise<boolean> {
    this.changes.push(`${this.turn} ${verb} ${key.split(':', 1)[0]}`);
    setImmediate(() => this.turn++);
    const isRefused = this.refuses === `${verb} ${key.split(':', 1)[0]}`;
    return isRefused ? Promise.reject(new StoreUnavailable('away')) : change();
  }
}

class Source extends CredentialStrategy {
  verdict: () => Verdict = () => ({ accepted: true, identity: alice });

  constructor(readonly name = 'fake') {
    super();
  }

  async authenticate({ password }: Credentials, context: LoginContext): Promise<Verdict> {
    const isRight = await tryPassword(
      context,
      accountAt(this.name),
      () => new Promise<boolean>((resolve) => setImmediate(resolve, password === right)),
      (was) => (was ? 'right' : 'wrong'),
    );
    return isRight ? this.verdict() : { accepted: false, reason: 'invalid_credentials' };
  }
}

class RecordingTrail extends AuditTrail {
  readonly outcomes: string[] = [];

  record({ event, outcome }: AuditEvent): void {
    this.outcomes.push(`${event} ${outcome}`);
  }
}

const { settings } = loadSettings({});
const policy = { algorithm: 'ES256', maxAgeMs: 1, leadMs: 1, leastLeadMs: 1, tokenLifeMs: 1 } as const;
const pair = keyPairOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'ES256');
const keys = new SharedSecretKeys(signingKey(firstRing(pair, { nowMs: 0, policy }).current));

let clock: FakeClock;
let store: WatchedStore;
let source: Source;
let trail: RecordingTrail;
let tries: AccountTries;
let auth: OwnTokenAuthService;

beforeEach(() => setUp());

function setUp(others: readonly Source[] = []): void {
  clock = new FakeClock();
  store = new WatchedStore({ clock });
  source = new Source();
  trail = new RecordingTrail();
  const key = new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test');
  const counts = AccountStore.in(store, new AccountMac(key));
  tries = new AccountTries(counts, clock, settings);
  const authenticator = new Authenticator([source, ...others]);
  const devices = new DeviceTokenCodec(key, clock, settings);
  const accounts = new AccountCheck(authenticator, new AccountNames(counts, clock), tries, devices, settings);
  const refusals = new EvenRefusals({ REFUSAL_FLOOR_MS: 0, REFUSAL_CEILING_MS: 0 });
  auth = new OwnTokenAuthService(
    new LoginCheck(authenticator, new PasswordCheck(accounts, refusals, manyLoginPlaces()), trail),
    new SessionService(store, new RefreshTokenCodec(key), clock, settings),
    new IdentityRenewal(authenticator, clock, createLogger('silent'), settings),
    new TokenGrants(new ClientRegistry(settings), new TokenService(keys, clock, settings), clock),
    trail,
  );
}
afterEach(() => tries.onModuleDestroy());

function login(password = right): Promise<unknown> {
  return auth.login({ credentials: { username: 'alice', password } }, visit);
}

async function sessions(): Promise<readonly string[]> {
  return (await store.scan('session:', undefined, 10)).keys;
}

async function counted(at = account): Promise<{ readonly strangers?: number; readonly pending?: number }> {
  const { strangers, pending } = (await tries.look(at)) ?? {};
  return { ...(strangers && { strangers }), ...(pending && { pending }) };
}

it('is written down as right in the turn in which the session is opened, after the try', async () => {
  await login();
  const [taken, ...others] = store.changes;
  expect(taken).toMatch(/create lockout$/);
  const turns = new Set(others.map((change) => change.split(' ', 1)[0]));
  expect(turns.size).toBe(1);
  expect(turns).not.toContain(taken?.split(' ', 1)[0]);
  expect(others.map((change) => change.replace(/^\d+ /, ''))).toEqual(
    expect.arrayContaining(['replace lockout', 'create session', 'create person']),
  );
  expect(await counted()).toEqual({});
});

it('takes off the wrong ones before it', async () => {
  for (let n = 0; n < 2; n++) await expect(login('wrong')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  expect(await counted()).toEqual({ strangers: 2 });
  await login();
  expect(await counted()).toEqual({});
});

it('leaves no session where it cannot be written down, and one line that says so', async () => {
  store.refuses = 'replace lockout';
  await expect(login()).rejects.toThrow(StoreUnavailable);
  store.refuses = undefined;
  expect(await sessions()).toEqual([]);
  expect(trail.outcomes).toEqual(['login unavailable']);
});

it('is written down where no session can be opened', async () => {
  store.refuses = 'create session';
  await expect(login()).rejects.toThrow(StoreUnavailable);
  expect(await counted()).toEqual({});
  expect(await sessions()).toEqual([]);
  expect(trail.outcomes).toEqual(['login unavailable']);
});

it('is written down where the source then fails', async () => {
  source.verdict = () => {
    throw new StrategyUnavailable('fake', 'half of the groups are missing');
  };
  await expect(login()).rejects.toThrow(StrategyUnavailable);
  expect(await counted()).toEqual({});
});

it('is written down where its owner is not let in all the same', async () => {
  source.verdict = () => ({ accepted: false, reason: 'account_disabled' });
  await expect(login()).rejects.toThrow('account_disabled');
  expect(await counted()).toEqual({});
});

it('is written down where the refused logins of the name cannot be forgotten', async () => {
  await expect(login('wrong')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  const before = store.changes.length;
  store.refuses = 'delete lockout';
  await expect(login()).rejects.toThrow(StoreUnavailable);
  expect(store.changes.slice(before).join()).toContain('delete lockout');
  expect(await counted()).toEqual({});
  expect(await sessions()).toEqual([]);
});

it('is written down at each source that found it right, also one that lets its owner in no more', async () => {
  const next = new Source('next');
  tries.onModuleDestroy();
  setUp([next]);
  source.verdict = () => ({ accepted: false, reason: 'account_disabled' });
  await login('wrong').catch(() => undefined);
  expect([await counted(), await counted(accountAt('next'))]).toEqual([{ strangers: 1 }, { strangers: 1 }]);
  await login();
  expect([await counted(), await counted(accountAt('next'))]).toEqual([{}, {}]);
});
