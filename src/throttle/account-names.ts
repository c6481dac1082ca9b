import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock';
import { StoreUnavailable } from '../stores/store';
import type { AccountLimits } from './account-limits';
import { AccountStore } from './account-store';

/** How many refused logins a name bears, and how long they count. */
export type NameLimits = Pick<AccountLimits, 'strangers' | 'windowMs'>;

/** The refused logins of a name. */
export interface NameCount {
  /** Never more than the name bears. */
  readonly failed: number;
  readonly lastAtMs: number;
  /** When they are forgotten unless there is another one, in milliseconds since the Unix epoch. */
  readonly endsAtMs: number;
}

/** Whoever loses a race has seen the count of another grow, which it does only up to the limit. */
const mostRaces = 400;
const longestPauseMs = 8;

/**
 * Counts the refused logins of each name, of people who exist and of people who do not, so that a barred name can be told without
 * telling anything of an account. How many passwords are really tried is not decided here but in AccountTries. However many names somebody
 * invents, a fixed number of counts is kept (SlotStore).
 */
@Injectable()
export class AccountNames {
  constructor(
    private readonly store: AccountStore,
    private readonly clock: Clock,
  ) {}

  /** Undefined for a name of which nothing is counted. @throws StoreUnavailable */
  async look(name: string): Promise<NameCount | undefined> {
    const stored = await this.store.named.read(storeKey(name));
    return stored && decode(stored.value);
  }

  /** Whole seconds, at least 1, until the name is free again; undefined where it is. */
  secondsBarred(count: NameCount | undefined, limits: NameLimits): number | undefined {
    if (!count || count.failed < limits.strangers) return undefined;
    return Math.max(1, Math.ceil((count.endsAtMs - this.clock.nowMs()) / 1000));
  }

  /** A name that is barred already stays as it is: a login that was on its way meanwhile prolongs nothing. @throws StoreUnavailable */
  async countRefused(name: string, { strangers, windowMs }: NameLimits): Promise<void> {
    for (let race = 0; race < mostRaces; race++) {
      const stored = await this.store.named.read(storeKey(name));
      const before = stored && decode(stored.value);
      if (before && before.failed >= strangers) return;
      if (await this.keep(name, stored?.version, this.oneMore(before, windowMs))) return;
      // Whoever lost several times in a row leaves the others a moment.
      if (race > 2) await pause(Math.random() * Math.min(race, longestPauseMs));
    }
    throw new StoreUnavailable('the refused logins of a name were changed by others each time');
  }

  /** True when there was anything. @throws StoreUnavailable */
  forget(name: string): Promise<boolean> {
    return this.store.named.delete(storeKey(name));
  }

  private oneMore(before: NameCount | undefined, windowMs: number): NameCount {
    const lastAtMs = this.clock.nowMs();
    const endsAtMs = Math.max(before?.endsAtMs ?? 0, lastAtMs + windowMs);
    return { failed: (before?.failed ?? 0) + 1, lastAtMs, endsAtMs };
  }

  private keep(name: string, version: number | undefined, count: NameCount): Promise<boolean> {
    const value = JSON.stringify(count);
    if (version === undefined) return this.store.named.create(storeKey(name), value, count.endsAtMs);
    return this.store.named.replace(storeKey(name), version, value, count.endsAtMs);
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

/** Hashed by the store, so that the name need not be readable there. */
function storeKey(name: string): string {
  return `name:${name}`;
}
