import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { StoreUnavailable } from '../stores/store';
import type { AccountLimits } from './account-limits';
import { AccountStore } from './account-store';

/** How many refused logins a name bears, and how long they count. */
export type NameLimits = Pick<AccountLimits, 'strangers' | 'windowMs'>;

/** The refused logins of a name. */
export interface NameCount {
  readonly failed: number;
  readonly lastAtMs: number;
  /** When they are forgotten unless there is another one, in milliseconds since the Unix epoch. */
  readonly endsAtMs: number;
}

const mostRaces = 50;
/** Hexadecimal digits of a key: about a million keys, however many names somebody invents. Two names in one share their count. */
const keyDigits = 5;

/**
 * Counts the refused logins of each name, of people who exist and of people who do not, so that a barred name can be told without
 * telling anything of an account. How many passwords are really tried is not decided here but in AccountTries.
 */
@Injectable()
export class AccountNames {
  constructor(
    private readonly store: AccountStore,
    private readonly clock: Clock,
  ) {}

  /** Undefined for a name of which nothing is counted. @throws StoreUnavailable */
  async look(name: string): Promise<NameCount | undefined> {
    const stored = await this.store.read(storeKey(name));
    return stored && decode(stored.value);
  }

  /** Whole seconds, at least 1, until the name is free again; undefined where it is. */
  secondsBarred(count: NameCount | undefined, limits: NameLimits): number | undefined {
    if (!count || count.failed < limits.strangers) return undefined;
    return Math.max(1, Math.ceil((count.endsAtMs - this.clock.nowMs()) / 1000));
  }

  /** @throws StoreUnavailable */
  async countRefused(name: string, { windowMs }: NameLimits): Promise<void> {
    const key = storeKey(name);
    for (let race = 0; race < mostRaces; race++) {
      const stored = await this.store.read(key);
      const before = stored && decode(stored.value);
      const lastAtMs = this.clock.nowMs();
      const endsAtMs = Math.max(before?.endsAtMs ?? 0, lastAtMs + windowMs);
      const value = JSON.stringify({ failed: (before?.failed ?? 0) + 1, lastAtMs, endsAtMs });
      const isKept = stored
        ? await this.store.replace(key, stored.version, value, endsAtMs)
        : await this.store.create(key, value, endsAtMs);
      if (isKept) return;
    }
    throw new StoreUnavailable('the refused logins of a name were changed by others each time');
  }

  /** True when there was anything. @throws StoreUnavailable */
  forget(name: string): Promise<boolean> {
    return this.store.delete(storeKey(name));
  }
}

function decode(text: string): NameCount {
  const value: unknown = JSON.parse(text);
  const members = new Map<string, unknown>(typeof value === 'object' && value ? Object.entries(value) : []);
  const [failed, lastAtMs, endsAtMs] = ['failed', 'lastAtMs', 'endsAtMs'].map((name) => members.get(name));
  if (typeof failed === 'number' && typeof lastAtMs === 'number' && typeof endsAtMs === 'number') {
    return { failed, lastAtMs, endsAtMs };
  }
  throw new StoreUnavailable('a count of refused logins has another form');
}

function storeKey(name: string): string {
  return `lockout:name:${createHash('sha256').update(name).digest('hex').slice(0, keyDigits)}`;
}
