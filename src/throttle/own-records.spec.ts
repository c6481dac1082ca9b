import { setTimeout as sleep } from 'node:timers/promises';
import { FakeClock } from '../../test/support/fake-clock';
import { AccountMac } from '../sessions/account-mac';
import { LocalRefreshTokenKey } from '../sessions/refresh-token-key';
import { MemoryStore } from '../stores/memory.store';
import { StoreUnavailable } from '../stores/store';
import { AccountStore } from './account-store';
import { AccountTries, type AccountTry } from './account-tries';

const settings = {
  LOCKOUT_MAX_FAILURES: 5,
  LOCKOUT_WINDOW_SECONDS: 2100,
  LOCKOUT_DEVICE_TTL_SECONDS: 86400,
};
const account = { key: 'ldap:dn:uid=maria', isFound: true };
const hash = new AccountMac(new LocalRefreshTokenKey(Buffer.alloc(32, 7).toString('base64url'), 'test'));

/** Takes its time for everything, and counts changes. */
class SlowStore extends MemoryStore {
  writes = 0;
  isAway = false;
  longestMs = 0;

  override async read(key: string): ReturnType<MemoryStore['read']> {
    if (this.isAway) throw new StoreUnavailable('away');
    const found = await super.read(key);
    await this.pause();
    return found;
  }

  override async create(...args: Parameters<MemoryStore['create']>): Promise<boolean> {
    this.writes++;
    await this.pause();
    const isDone = await super.create(...args);
    await this.pause();
    return isDone;
  }

  override async replace(...args: Parameters<MemoryStore['replace']>): Promise<boolean> {
    this.writes++;
    await this.pause();
    const isDone = await super.replace(...args);
    await this.pause();
    return isDone;
  }

  private async pause(): Promise<void> {
    if (this.longestMs > 0) await sleep(Math.random() * this.longestMs);
  }
}

function bench() {
  const clock = new FakeClock();
  const store = new SlowStore({ clock });
  const tries = new AccountTries(AccountStore.ownIn(store, hash), clock, settings);
  const restarted = () => new AccountTries(AccountStore.ownIn(store, hash), clock, settings);
  return { clock, store, tries, restarted };
}

async function oneTry(tries: AccountTries, isKnown = false): Promise<AccountTry> {
  const taken = await tries.take(account, isKnown);
  if (!taken || taken === 'busy') throw new Error('No try was left');
  return taken;
}

describe('tries of a process that is alone with its store', () => {
  it('cost no write where the password is right and nothing was counted', async () => {
    const { store, tries } = bench();
    for (let n = 0; n < 10; n++) await tries.settle(await oneTry(tries), 'right');
    const both = [await oneTry(tries), await oneTry(tries)];
    for (const taken of both) await tries.settle(taken, 'unknown');
    expect(store.writes).toBe(0);
    expect(await tries.look(account)).toBeUndefined();
  });

  it('leave a wrong password in the store by the time they are settled, where a restart finds it', async () => {
    const { tries, restarted } = bench();
    await tries.settle(await oneTry(tries), 'wrong');
    await tries.settle(await oneTry(tries, true), 'wrong');
    await oneTry(tries);
    expect(await tries.look(account)).toMatchObject({ strangers: 1, known: 1, pending: 1 });
    expect(await restarted().look(account)).toMatchObject({ strangers: 1, known: 1, pending: 0 });
  });

  it('forget failures with a right password, but none that came after its try was taken', async () => {
    const { tries, restarted } = bench();
    await tries.settle(await oneTry(tries), 'wrong');
    const [right, wrong] = [await oneTry(tries), await oneTry(tries)];
    await tries.settle(wrong, 'wrong');
    await tries.settle(right, 'right');
    expect(await tries.look(account)).toMatchObject({ strangers: 1, pending: 0 });
    await tries.settle(await oneTry(tries), 'right');
    expect([await tries.look(account), await restarted().look(account)]).toEqual([undefined, undefined]);
  });

  it('are never more than the account bears, however slowly the store answers', async () => {
    for (let round = 0; round < 30; round++) {
      const { store, tries } = bench();
      store.longestMs = 3;
      let tried = 0;
      const guess = async (): Promise<void> => {
        await sleep(Math.random() * 20);
        const taken = await tries.take(account, false);
        if (!taken || taken === 'busy') return;
        tried++;
        await sleep(Math.random() * 3);
        await tries.settle(taken, 'wrong');
      };
      await Promise.all(Array.from({ length: 14 }, guess));
      expect(tried).toBe(5);
      expect(await tries.look(account)).toMatchObject({ strangers: 5, pending: 0 });
    }
  }, 30_000);

  it('count for 30 seconds where nobody settles them', async () => {
    const { clock, tries } = bench();
    for (let n = 0; n < 5; n++) await oneTry(tries);
    clock.advance(29_999);
    expect(await tries.look(account)).toMatchObject({ pending: 5 });
    clock.advance(1);
    expect(await tries.look(account)).toMatchObject({ pending: 0 });
    await oneTry(tries);
  });

  it('keep what came of them while the store is away', async () => {
    const { store, tries } = bench();
    const taken = await oneTry(tries);
    store.isAway = true;
    await expect(tries.settle(taken, 'wrong')).rejects.toThrow(StoreUnavailable);
    await expect(tries.take(account, false)).rejects.toThrow(StoreUnavailable);
    store.isAway = false;
    await sleep(400);
    expect(await tries.look(account)).toMatchObject({ strangers: 1, pending: 0 });
    tries.onModuleDestroy();
  });

  it('are not forgotten with the failures, as long as they run', async () => {
    const { tries } = bench();
    await tries.settle(await oneTry(tries), 'wrong');
    const taken = await oneTry(tries);
    expect(await tries.forget(account)).toBe(true);
    expect(await tries.look(account)).toMatchObject({ strangers: 0, pending: 1 });
    await tries.settle(taken, 'wrong');
    expect(await tries.look(account)).toMatchObject({ strangers: 1, pending: 0 });
  });

  it('leave alone what other processes have under way, as before the others were stopped', async () => {
    const { clock, store, tries } = bench();
    const other = new AccountTries(AccountStore.in(store, hash), clock, settings);
    await oneTry(other);
    const taken = await oneTry(tries);
    expect(await tries.look(account)).toMatchObject({ pending: 2 });
    await tries.settle(taken, 'right');
    expect(await tries.look(account)).toMatchObject({ pending: 1 });
    expect(await other.look(account)).toMatchObject({ pending: 1 });
  });
});
