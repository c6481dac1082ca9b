import { randomBytes } from 'node:crypto';
import { FakeClock } from '../../test/support/fake-clock';
import { loadSettings } from '../config/load-settings';
import { MemoryStore } from '../stores/memory.store';
import { RefreshTokenCodec } from './refresh-token';
import { LocalRefreshTokenKey } from './refresh-token-key';
import { SessionService } from './session.service';

const alice = {
  subject: 'file:1',
  username: 'alice',
  groups: [],
  roles: [],
  attributes: {},
  strategy: 'file',
};
const update = { identity: alice, identityReadAtMs: 0, identityIsStale: false };
let clock: FakeClock;
let sessions: SessionService;

beforeEach(() => {
  clock = new FakeClock();
  const key = new LocalRefreshTokenKey(randomBytes(32).toString('base64url'), 'test');
  const store = new MemoryStore({ clock });
  sessions = new SessionService(store, new RefreshTokenCodec(key), clock, loadSettings({}).settings);
});

const open = () => sessions.open(alice, { address: '192.0.2.1', userAgent: 'test' }, { canReread: true });
const rotate = async (token: string) =>
  (await sessions.rotate(await sessions.resolve(token), update)).refreshToken;

describe('SessionService.peek', () => {
  it('says what a refresh token stands for, as often as it is asked, and changes nothing', async () => {
    const { refreshToken, session } = await open();
    const peeked = { session, expiresAtSeconds: Math.floor(session.expiresAtMs / 1000) };
    for (let again = 0; again < 3; again++) expect(await sessions.peek(refreshToken)).toEqual(peeked);
    expect(await sessions.find(session.id)).toEqual(session);
    await expect(rotate(refreshToken)).resolves.toEqual(expect.any(String));
  });

  it('knows that the token before the newest could still be used', async () => {
    const { refreshToken } = await open();
    await rotate(refreshToken);
    expect(await sessions.peek(refreshToken)).toBeDefined();
    clock.advance(31_000);
    // Its successor was never used: the answer may have got lost.
    expect(await sessions.peek(refreshToken)).toBeDefined();
  });

  it('says nothing of a spent token, and does not end the session for it', async () => {
    const { refreshToken, session } = await open();
    const third = await rotate(await rotate(refreshToken));
    expect(await sessions.peek(refreshToken)).toBeUndefined();
    expect(await sessions.find(session.id)).toBeDefined();
    expect(await sessions.peek(third)).toBeDefined();
  });

  it('says nothing of a token that has ended, whose session has ended, or that is none of ours', async () => {
    const [one, two] = [await open(), await open()];
    await sessions.revoke(one.session.id);
    clock.advance(1000);
    expect(await sessions.peek(one.refreshToken)).toBeUndefined();
    expect(await sessions.peek('nonsense')).toBeUndefined();
    clock.advance(86_400_000);
    expect(await sessions.peek(two.refreshToken)).toBeUndefined();
  });
});
