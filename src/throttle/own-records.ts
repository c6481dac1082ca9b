import { type AccountRecord, isEmpty } from './account-record';
import type { AccountRecords, CountedAccount, NextRecord } from './account-records';

/**
 * For a process that shares its store with nobody: what is under way is known to it alone, so that a try need not be written down before
 * its outcome is known. A right password of somebody without failures then costs no write. Failures are in the store as ever.
 *
 * Each account is changed by one at a time: whoever reads a record has either the try of another in view, or what came of it.
 */
export class OwnRecords implements AccountRecords {
  /** What is under way, without failures; only of accounts of which something is. */
  private readonly underWay = new Map<string, AccountRecord>();
  private readonly turns = new Map<string, Promise<void>>();

  constructor(private readonly stored: AccountRecords) {}

  change(account: CountedAccount, next: NextRecord): Promise<void> {
    const key = keyOf(account);
    const before = this.turns.get(key);
    const done = before ? before.then(() => this.changeNow(account, next)) : this.changeNow(account, next);
    const tidy = (): void => {
      if (this.turns.get(key) === turn) this.turns.delete(key);
    };
    const turn = done.then(tidy, tidy);
    this.turns.set(key, turn);
    return done;
  }

  async read(account: CountedAccount): Promise<AccountRecord | undefined> {
    return withTries(await this.stored.read(account), this.underWay.get(keyOf(account)));
  }

  /** What is under way stays so. */
  forget(account: CountedAccount): Promise<boolean> {
    return this.stored.forget(account);
  }

  private async changeNow(account: CountedAccount, next: NextRecord): Promise<void> {
    const key = keyOf(account);
    let own = this.underWay.get(key);
    await this.stored.change(account, (stored) => {
      const record = withTries(stored, this.underWay.get(key));
      const changed = next(record);
      if (!changed || changed === record) return undefined;
      const theirs = changed.pending.filter((pending) => stored?.pending.includes(pending));
      own = triesOf(changed, theirs);
      const durable = { ...changed, pending: theirs };
      return !stored && isEmpty(durable) ? undefined : durable;
    });
    if (own) this.underWay.set(key, own);
    else this.underWay.delete(key);
  }
}

function keyOf({ key, isFound }: CountedAccount): string {
  return `${isFound ? 'found' : 'named'} ${key}`;
}

/** What the store says, with what is under way in this process. */
function withTries(
  stored: AccountRecord | undefined,
  own: AccountRecord | undefined,
): AccountRecord | undefined {
  if (!stored || !own) return stored ?? own;
  return {
    ...stored,
    pending: [...stored.pending, ...own.pending],
    lastTryAtMs: Math.max(stored.lastTryAtMs, own.lastTryAtMs),
    windowMs: Math.max(stored.windowMs, own.windowMs),
  };
}

/** The tries that are not theirs: those of this process. Undefined where there are none. */
function triesOf(record: AccountRecord, theirs: AccountRecord['pending']): AccountRecord | undefined {
  const pending = record.pending.filter((one) => !theirs.includes(one));
  const none = { strangers: 0, known: 0 };
  return pending.length === 0 ? undefined : { ...record, failed: none, forgiven: none, pending };
}
