import { FakeClock } from '../../test/support/fake-clock';
import { MemoryStore } from '../stores/memory.store';
import { StoreUnavailable } from '../stores/store';
import { accountLimits } from './account-limits';
import { AccountNames } from './account-names';
import { AccountStore, StoreOrMemory } from './account-store';
import { AccountTries } from './account-tries';

const settings = {
  LOCKOUT_MAX_FAILURES: 5,
  LOCKOUT_WINDOW_SECONDS: 2100,
  LOCKOUT_DEVICE_TTL_SECONDS: 86400,
};
const account = { key: 'external:maria' };

/** A store that can be away. */
class Away extends MemoryStore {
  isAway = false;
  asked = 0;

  override read(key: string): ReturnType<MemoryStore['read']> {
    this.asked++;
    return this.isAway ? Promise.reject(new StoreUnavailable('away')) : super.read(key);
  }
}

async function wrongTries(tries: AccountTries, most: number): Promise<number> {
  let count = 0;
  for (let n = 0; n < most; n++) {
    const taken = await tries.take(account, false);
    if (!taken) continue;
    await tries.settle(taken, 'wrong');
    count++;
  }
  return count;
}

describe('AccountTries over stores', () => {
  const clock = new FakeClock();

  it('gives 50 guesses at once no more than the account bears, in two processes together', async () => {
    const store = new MemoryStore({ clock });
    const one = new AccountTries(store, clock, settings);
    const other = new AccountTries(store, clock, settings);
    const takes = Array.from({ length: 50 }, (_, n) => (n % 2 ? one : other).take(account, false));
    const taken = (await Promise.all(takes)).filter((attempt) => attempt !== undefined);
    expect(taken).toHaveLength(5);
    await Promise.all(taken.map((attempt) => one.settle(attempt, 'wrong')));
    expect(await other.look(account.key)).toMatchObject({ strangers: 5, known: 0, pending: 0 });
  });

  it('keeps nothing of an account whose logins go well', async () => {
    const tries = new AccountTries(new MemoryStore({ clock }), clock, settings);
    const taken = await tries.take(account, false);
    if (!taken) throw new Error('No try was left');
    await tries.settle(taken, 'right');
    expect(await tries.look(account.key)).toBeUndefined();
  });

  it('goes on in memory while the store is away, without asking it at every step', async () => {
    const store = new Away({ clock });
    const tries = new AccountTries(new StoreOrMemory(store, clock), clock, settings);
    store.isAway = true;
    expect(await wrongTries(tries, 20)).toBe(5);
    expect(store.asked).toBe(1);
    store.isAway = false;
    clock.advance(5_000);
    expect(await wrongTries(tries, 20)).toBe(5);
  });

  it('settles a try that was taken before the store went away', async () => {
    const store = new Away({ clock });
    const tries = new AccountTries(new StoreOrMemory(store, clock), clock, settings);
    const taken = await tries.take(account, false);
    if (!taken) throw new Error('No try was left');
    store.isAway = true;
    await tries.settle(taken, 'wrong');
    expect(await tries.look(account.key)).toMatchObject({ strangers: 1 });
  });

  it('fails where there is nothing but the store', async () => {
    const store: AccountStore = Object.assign(new Away({ clock }), { isAway: true });
    const tries = new AccountTries(store, clock, settings);
    await expect(tries.take(account, false)).rejects.toThrow(StoreUnavailable);
  });
});

describe('AccountNames', () => {
  const clock = new FakeClock();
  const limits = accountLimits(settings);

  it('counts every refused login, also many at once, until a window has passed since the last one', async () => {
    const names = new AccountNames(new MemoryStore({ clock }), clock);
    await Promise.all(Array.from({ length: 10 }, () => names.countRefused('maria', limits)));
    expect(await names.look('maria')).toMatchObject({ failed: 10 });
    expect(names.secondsBarred(await names.look('maria'), limits)).toBe(2100);
    clock.advance(limits.windowMs);
    expect(names.secondsBarred(await names.look('maria'), limits)).toBeUndefined();
  });
});
