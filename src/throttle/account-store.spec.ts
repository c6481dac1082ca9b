import { FakeClock } from '../../test/support/fake-clock';
import { eventually } from '../../test/support/ldap-logins';
import { AccountMac } from '../sessions/account-mac';
import { LocalRefreshTokenKey } from '../sessions/refresh-token-key';
import { MemoryStore } from '../stores/memory.store';
import { StoreUnavailable } from '../stores/store';
import { accountLimits } from './account-limits';
import { AccountNames } from './account-names';
import { AccountStore } from './account-store';
import { AccountTries, type AccountTry, type TriedAccount } from './account-tries';

const settings = {
  LOCKOUT_MAX_FAILURES: 5,
  LOCKOUT_WINDOW_SECONDS: 2100,
  LOCKOUT_DEVICE_TTL_SECONDS: 86400,
};
const account = { key: 'external:maria' };
const hash = new AccountMac(new LocalRefreshTokenKey(Buffer.alloc(32, 7).toString('base64url'), 'test'));

/** A store that can be away. */
class Away extends MemoryStore {
  isAway = false;
  asked = 0;

  /** Changes happen, and their answers do not arrive. */
  losesAnswers = false;

  override async replace(...args: Parameters<MemoryStore['replace']>): ReturnType<MemoryStore['replace']> {
    const answer = await super.replace(...args);
    if (this.losesAnswers) throw new StoreUnavailable('no answer');
    return answer;
  }

  override read(key: string): ReturnType<MemoryStore['read']> {
    this.asked++;
    return this.isAway ? Promise.reject(new StoreUnavailable('away')) : super.read(key);
  }
}

async function oneTry(tries: AccountTries, of: TriedAccount = account): Promise<AccountTry> {
  const taken = await tries.take(of, false);
  if (!taken || taken === 'busy') throw new Error('No try was left');
  return taken;
}

async function wrongTries(tries: AccountTries, most: number): Promise<number> {
  let count = 0;
  for (let n = 0; n < most; n++) {
    const taken = await tries.take(account, false);
    if (!taken || taken === 'busy') continue;
    await tries.settle(taken, 'wrong');
    count++;
  }
  return count;
}

describe('AccountTries over stores', () => {
  const clock = new FakeClock();

  it('gives 50 guesses at once no more than the account bears, in two processes together', async () => {
    const store = new MemoryStore({ clock });
    const one = new AccountTries(AccountStore.in(store, hash), clock, settings);
    const other = new AccountTries(AccountStore.in(store, hash), clock, settings);
    let tried = 0;
    const guess = async (tries: AccountTries): Promise<void> => {
      const taken = await tries.take(account, false);
      if (!taken || taken === 'busy') return;
      tried++;
      await tries.settle(taken, 'wrong');
    };
    await Promise.all(Array.from({ length: 50 }, (_, n) => guess(n % 2 ? one : other)));
    expect(tried).toBe(5);
    expect(await other.look(account)).toMatchObject({ strangers: 5, known: 0, pending: 0 });
  });

  it('lets right passwords wait for each other, however many come at once, and wrong ones not', async () => {
    const tries = new AccountTries(AccountStore.in(new MemoryStore({ clock }), hash), clock, settings);
    const [one, ...others] = await Promise.all(Array.from({ length: 5 }, () => oneTry(tries)));
    const later = oneTry(tries);
    if (!one) throw new Error('No try was left');
    await tries.settle(one, 'right');
    const sixth = await later;
    for (const attempt of others) await tries.settle(attempt, 'wrong');
    const last = tries.take(account, false);
    await tries.settle(sixth, 'wrong');
    expect(await last).toBeUndefined();
  });

  it('keeps nothing of an account whose logins go well', async () => {
    const tries = new AccountTries(AccountStore.in(new MemoryStore({ clock }), hash), clock, settings);
    const taken = await oneTry(tries, account);
    await tries.settle(taken, 'right');
    expect(await tries.look(account)).toBeUndefined();
  });

  it('goes on in memory while the store is away, without asking it at every step', async () => {
    const store = new Away({ clock });
    const tries = new AccountTries(AccountStore.withMemory(store, hash, clock), clock, settings);
    store.isAway = true;
    expect(await wrongTries(tries, 20)).toBe(5);
    expect(store.asked).toBe(1);
    store.isAway = false;
    clock.advance(5_000);
    expect(await wrongTries(tries, 20)).toBe(5);
  });

  it('settles a try that was taken before the store went away', async () => {
    const store = new Away({ clock });
    const tries = new AccountTries(AccountStore.withMemory(store, hash, clock), clock, settings);
    const taken = await oneTry(tries, account);
    store.isAway = true;
    await tries.settle(taken, 'wrong');
    expect(await tries.look(account)).toMatchObject({ strangers: 1 });
  });

  it.each(['wrong', 'right', 'unknown'] as const)(
    'writes down that a password was %s when a store that was away is back, and fails until then',
    async (outcome) => {
      const store = new Away({ clock });
      const tries = new AccountTries(AccountStore.in(store, hash), clock, settings);
      await tries.settle(await oneTry(tries), 'wrong');
      const taken = await oneTry(tries);
      store.isAway = true;
      await expect(tries.settle(taken, outcome)).rejects.toThrow(StoreUnavailable);
      // Long after the try has ceased to count, and another one was taken.
      clock.advance(120_000);
      await eventually(() => store.asked > 6);
      store.isAway = false;
      await tries.settle(await oneTry(tries), 'unknown');
      const strangers = { wrong: 2, right: 0, unknown: 1 }[outcome];
      await eventually(async () => ((await tries.look(account))?.strangers ?? 0) === strangers);
    },
  );

  it('counts a wrong password once where only the answer of the store was lost', async () => {
    const store = new Away({ clock });
    const tries = new AccountTries(AccountStore.in(store, hash), clock, settings);
    const taken = await oneTry(tries);
    store.losesAnswers = true;
    await expect(tries.settle(taken, 'wrong')).rejects.toThrow(StoreUnavailable);
    const { asked } = store;
    await eventually(() => store.asked > asked);
    expect(await tries.look(account)).toMatchObject({ strangers: 1, pending: 0 });
  });

  it('gives back a try whose taking was done although the store did not answer', async () => {
    const store = new Away({ clock });
    const tries = new AccountTries(AccountStore.in(store, hash), clock, settings);
    await tries.settle(await oneTry(tries), 'wrong');
    store.losesAnswers = true;
    await expect(tries.take(account, false)).rejects.toThrow(StoreUnavailable);
    expect(await tries.look(account)).toMatchObject({ strangers: 1, pending: 1 });
    store.losesAnswers = false;
    await eventually(async () => (await tries.look(account))?.pending === 0);
  });

  it('counts a try that nobody settles for 30 seconds, and not longer', async () => {
    const store = new MemoryStore({ clock });
    const ended = new AccountTries(AccountStore.in(store, hash), clock, settings);
    for (let n = 0; n < 5; n++) await oneTry(ended);
    const tries = new AccountTries(AccountStore.in(store, hash), clock, settings);
    clock.advance(29_999);
    expect(await tries.take(account, false)).toBe('busy');
    expect(await tries.look(account)).toMatchObject({ pending: 5 });
    clock.advance(1);
    expect(await tries.look(account)).toMatchObject({ pending: 0 });
    await tries.settle(await oneTry(tries), 'right');
  });

  it('leaves known devices their tries while strangers wait', async () => {
    const tries = new AccountTries(AccountStore.in(new MemoryStore({ clock }), hash), clock, settings);
    for (let n = 0; n < 5; n++) await oneTry(tries);
    const stranger = tries.take(account, false);
    expect(await tries.take(account, true)).toMatchObject({ taken: { isKnown: true } });
    expect(await stranger).toBe('busy');
  });

  it('fails where there is nothing but the store', async () => {
    const store = Object.assign(new Away({ clock }), { isAway: true });
    const tries = new AccountTries(AccountStore.in(store, hash), clock, settings);
    await expect(tries.take(account, false)).rejects.toThrow(StoreUnavailable);
  });
});

describe('AccountNames', () => {
  const clock = new FakeClock();
  const limits = accountLimits(settings);

  it('counts up to the limit, however many come at once, until a window has passed since the last one', async () => {
    const names = new AccountNames(AccountStore.in(new MemoryStore({ clock }), hash), clock);
    await Promise.all(Array.from({ length: 300 }, () => names.countRefused('maria', limits)));
    expect(await names.look('maria')).toMatchObject({ failed: 5 });
    expect(names.secondsBarred(await names.look('maria'), limits)).toBe(2100);
    clock.advance(limits.windowMs - 1);
    await names.countRefused('maria', limits);
    clock.advance(1);
    expect(names.secondsBarred(await names.look('maria'), limits)).toBeUndefined();
  });

  it('loses no count of 100 at once', async () => {
    const names = new AccountNames(AccountStore.in(new MemoryStore({ clock }), hash), clock);
    const many = { ...limits, strangers: 100 };
    await Promise.all(Array.from({ length: 100 }, () => names.countRefused('maria', many)));
    expect(await names.look('maria')).toMatchObject({ failed: 100 });
  });
});

describe('counts of names that nobody has', () => {
  const clock = new FakeClock();
  const limits = accountLimits(settings);

  it('are no more than there are slots, and never mixed up', async () => {
    const store = new MemoryStore({ clock });
    const counts = AccountStore.in(store, hash, 4);
    const [names, tries] = [new AccountNames(counts, clock), new AccountTries(counts, clock, settings)];
    for (let n = 0; n < 200; n++) {
      await names.countRefused(`nobody-${n}`, limits);
      expect(await names.look(`nobody-${n}`)).toMatchObject({ failed: 1 });
      const taken = await oneTry(tries, { key: `external:nobody-${n}` });
      await tries.settle(taken, 'wrong');
      expect(await tries.look({ key: `external:nobody-${n}` })).toMatchObject({ strangers: 1 });
    }
    expect((await store.scan('lockout:', undefined, 1000)).keys).toHaveLength(16);
    expect(await names.forget('nobody-0')).toBe(false);
    expect(await names.look('nobody-199')).toBeDefined();
  });

  it('push out no account that its source has found', async () => {
    const counts = AccountStore.in(new MemoryStore({ clock }), hash, 4);
    const tries = new AccountTries(counts, clock, settings);
    const found = { key: 'ldap:1', isFound: true };
    const taken = await oneTry(tries, found);
    await tries.settle(taken, 'wrong');
    const names = new AccountNames(counts, clock);
    for (let n = 0; n < 200; n++) await names.countRefused(`nobody-${n}`, limits);
    expect(await tries.look(found)).toMatchObject({ strangers: 1 });
  });

  it('cannot be foretold to meet without the key', async () => {
    const slots = async (fill: number): Promise<readonly string[]> => {
      const store = new MemoryStore({ clock });
      const key = new LocalRefreshTokenKey(Buffer.alloc(32, fill).toString('base64url'), 'test');
      await new AccountNames(AccountStore.in(store, new AccountMac(key)), clock).countRefused(
        'maria',
        limits,
      );
      return (await store.scan('lockout:', undefined, 10)).keys;
    };
    expect(await slots(1)).toEqual(await slots(1));
    expect(await slots(1)).not.toEqual(await slots(2));
  });
});
