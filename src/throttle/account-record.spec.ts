import * as fc from 'fast-check';
import { accountLimits, type SourceLimit } from './account-limits';
import {
  type AccountRecord,
  decodeAccountRecord,
  encodeAccountRecord,
  endOf,
  openFailures,
  settleTry,
  type TakenTry,
  takeTry,
  type TryOutcome,
} from './account-record';

const settings = {
  LOCKOUT_MAX_FAILURES: 5,
  LOCKOUT_WINDOW_SECONDS: 2100,
  LOCKOUT_DEVICE_TTL_SECONDS: 86400,
};

/** Those of one account, without a source that says when it locks. */
const usual = accountLimits(settings);

function tryOnce(
  record: AccountRecord | undefined,
  outcome: TryOutcome,
  { isKnown = false, nowMs = 0, limits = usual } = {},
): AccountRecord | undefined {
  const next = takeTry(record, { id: `${Math.random()}`, isKnown, nowMs }, limits);
  return next ? settleTry(next.record, next.taken, { outcome, nowMs }) : undefined;
}

function wrongUntilRefused(isKnown: boolean, record?: AccountRecord): [number, AccountRecord | undefined] {
  let current = record;
  for (let count = 0; count < 1000; count++) {
    const next = tryOnce(current, 'wrong', { isKnown });
    if (!next) return [count, current];
    current = next;
  }
  throw new Error('It never refuses');
}

describe('the limits of an account', () => {
  it('are the setting, and half as many for known devices, where the source says nothing', () => {
    expect(usual).toEqual({ strangers: 5, total: 7, windowMs: 2_100_000, longestTryMs: 30_000 });
    expect(accountLimits({ ...settings, LOCKOUT_MAX_FAILURES: 1 })).toMatchObject({ strangers: 1, total: 2 });
  });

  it.each([
    [1, { strangers: 1, total: 1 }],
    [2, { strangers: 1, total: 1 }],
    [3, { strangers: 1, total: 2 }],
    [4, { strangers: 2, total: 3 }],
    [5, { strangers: 3, total: 4 }],
    [10, { strangers: 5, total: 7 }],
    [1000, { strangers: 5, total: 7 }],
  ])('stay below a lock after %i wrong passwords', (failures, expected) => {
    expect(accountLimits(settings, { failures, windowSeconds: 60 })).toMatchObject(expected);
  });

  it('let a try count longer than its source may take', () => {
    const slow = { ...settings, LDAP_LOGIN_TIMEOUT_MS: 10_000, EXTERNAL_AUTH_TIMEOUT_MS: 120_000 };
    expect(accountLimits(slow)).toMatchObject({ longestTryMs: 130_000 });
  });

  it.each([
    [60, 2_100_000],
    [3600, 3_660_000],
    [undefined, 86_400_000],
  ])('last longer than the window of the source, %s s', (windowSeconds, windowMs) => {
    expect(accountLimits(settings, { failures: 5, windowSeconds })).toMatchObject({ windowMs });
  });
});

describe('the tries of an account', () => {
  it('are up for strangers while known devices still have theirs', () => {
    const [strangers, record] = wrongUntilRefused(false);
    expect(strangers).toBe(5);
    expect(wrongUntilRefused(true, record)[0]).toBe(2);
  });

  it('are all there for known devices alone', () => {
    expect(wrongUntilRefused(true)[0]).toBe(7);
  });

  it('count before their outcome is known', () => {
    let record: AccountRecord | undefined;
    let taken = 0;
    for (let n = 0; n < 50; n++) {
      const next = takeTry(record, { id: `${n}`, isKnown: false, nowMs: 0 }, usual);
      if (!next) continue;
      record = next.record;
      taken++;
    }
    expect(taken).toBe(5);
  });

  it('come back after an outage, and the failures after a right password go', () => {
    let record = tryOnce(undefined, 'unknown');
    expect(record && openFailures(record)).toEqual({ strangers: 0, known: 0 });
    record = tryOnce(tryOnce(record, 'wrong'), 'wrong', { isKnown: true });
    expect(record && openFailures(record)).toEqual({ strangers: 1, known: 1 });
    record = tryOnce(record, 'right');
    expect(record && openFailures(record)).toEqual({ strangers: 0, known: 0 });
  });

  it('lose no failure that was settled while a right password was on its way, also with two of them', () => {
    const before = tryOnce(undefined, 'wrong');
    const one = takeTry(before, { id: 'one', isKnown: false, nowMs: 0 }, usual);
    const two = takeTry(one?.record, { id: 'two', isKnown: true, nowMs: 0 }, usual);
    if (!one || !two) throw new Error('No try was left');
    let record = tryOnce(two.record, 'wrong');
    record = settleTry(record, one.taken, { outcome: 'right', nowMs: 0 });
    record = settleTry(record, two.taken, { outcome: 'right', nowMs: 0 });
    expect(record && openFailures(record)).toEqual({ strangers: 1, known: 0 });
    expect(record?.pending).toEqual([]);
  });

  it('count a wrong password also where the record ended in the middle, and a right one takes nothing off another record', () => {
    const next = takeTry(undefined, { id: 'one', isKnown: false, nowMs: 0 }, usual);
    if (!next) throw new Error('No try was left');
    const wrong = settleTry(undefined, next.taken, { outcome: 'wrong', nowMs: 9 });
    expect(wrong && openFailures(wrong)).toEqual({ strangers: 1, known: 0 });
    const taken = { ...next.taken, failedBefore: { strangers: 3, known: 3 } };
    expect(settleTry(wrong, taken, { outcome: 'right', nowMs: 9 })).toBe(wrong);
  });

  it('leave nothing of a process that ended in the middle once a right password comes a window later', () => {
    const lost = takeTry(undefined, { id: 'lost', isKnown: false, nowMs: 0 }, usual);
    const soon = tryOnce(lost?.record, 'right', { nowMs: usual.windowMs - 1 });
    expect(soon?.pending).toHaveLength(1);
    expect(tryOnce(soon, 'right', { nowMs: usual.windowMs + 1 })?.pending).toHaveLength(0);
  });

  it('count for 30 s when nobody settles them, stay few in the record, and are written down late, but once', () => {
    let record: AccountRecord | undefined;
    let last: TakenTry | undefined;
    for (let n = 0; n < 100; n++) {
      const next = takeTry(record, { id: `${n}`, isKnown: false, nowMs: n * 30_000 }, usual);
      if (!next) throw new Error('No try was left');
      record = next.record;
      last = next.taken;
    }
    expect(record?.pending).toHaveLength(33);
    if (!last) throw new Error('No try was left');
    const late = { outcome: 'wrong', nowMs: 5_000_000, isAgain: true } as const;
    const once = settleTry(record, last, late);
    const twice = settleTry(once, last, late);
    expect(twice && openFailures(twice)).toEqual({ strangers: 1, known: 0 });
  });

  it('keep a share for known devices also from failures that the source counts from elsewhere', () => {
    const at = (counted: number) => accountLimits(settings, { failures: 6, windowSeconds: 60, counted });
    const first = (isKnown: boolean, counted: number) =>
      takeTry(undefined, { id: 'one', isKnown, nowMs: 0 }, at(counted)) !== undefined;
    expect([3, 4].map((counted) => first(false, counted))).toEqual([true, false]);
    expect([4, 5].map((counted) => first(true, counted))).toEqual([true, false]);
  });

  it('are read as they were written, and nothing else is', () => {
    const record = takeTry(
      tryOnce(undefined, 'wrong'),
      { id: 'one', isKnown: true, nowMs: 7 },
      usual,
    )?.record;
    if (!record) throw new Error('No try was left');
    expect(decodeAccountRecord(encodeAccountRecord(record))).toEqual(record);
    for (const odd of [
      '{}',
      'null',
      '[]',
      '{"failed":1,"forgiven":1,"pending":[],"lastTryAtMs":1,"windowMs":1}',
    ]) {
      expect(() => decodeAccountRecord(odd)).toThrow('another form');
    }
  });
});

/** A directory that locks an account after `failures` wrong passwords none of which came `windowMs` or more after the one before. */
class ModelDirectory {
  isLocked = false;
  counted = 0;
  private lastMs = -Infinity;

  constructor(private readonly policy: { readonly failures: number; readonly windowMs: number }) {}

  try(isRight: boolean, nowMs: number): void {
    if (nowMs - this.lastMs >= this.policy.windowMs) this.counted = 0;
    if (isRight) {
      this.counted = 0;
      return;
    }
    this.counted++;
    this.lastMs = nowMs;
    if (this.counted >= this.policy.failures) this.isLocked = true;
  }
}

type Step =
  | { readonly kind: 'take'; readonly isKnown: boolean }
  | { readonly kind: 'ask'; readonly which: number; readonly isRight: boolean; readonly isLost: boolean }
  | { readonly kind: 'settle'; readonly which: number }
  | { readonly kind: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const), isKnown: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      which: fc.nat(20),
      isRight: fc.nat(9).map((n) => n === 0),
      isLost: fc.nat(9).map((n) => n === 0),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('settle' as const), which: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 4_000_000 }) }),
  },
);

interface Running {
  readonly taken: TakenTry;
  outcome?: TryOutcome;
}

/** Processes that share one record, and try passwords at one directory in any order. */
class World {
  readonly directory: ModelDirectory;
  record: AccountRecord | undefined;
  nowMs = 1_000_000;
  private running: Running[] = [];

  constructor(readonly source: Required<Pick<SourceLimit, 'failures' | 'windowSeconds'>>) {
    this.directory = new ModelDirectory({
      failures: source.failures,
      windowMs: source.windowSeconds * 1000,
    });
  }

  get limits() {
    return accountLimits(settings, this.source);
  }

  do(next: Step): void {
    switch (next.kind) {
      case 'take':
        return this.take(next.isKnown);
      case 'ask':
        return this.ask(next);
      case 'settle':
        return this.settle(next.which);
      case 'wait':
        return this.wait(next.ms);
    }
  }

  /** Whether the owner could try now. */
  hasKnownTry(): boolean {
    return takeTry(this.record, { id: 'probe', isKnown: true, nowMs: this.nowMs }, this.limits) !== undefined;
  }

  knownInUse(): number {
    const pending = this.record?.pending.filter(({ isKnown }) => isKnown).length ?? 0;
    return pending + (this.record ? openFailures(this.record).known : 0);
  }

  private take(isKnown: boolean): void {
    const id = `${Math.random()}`;
    const next = takeTry(this.record, { id, isKnown, nowMs: this.nowMs }, this.limits);
    if (!next) return;
    this.record = next.record;
    this.running.push({ taken: next.taken });
  }

  /** The password arrives at the directory; an answer that is lost on its way was an outage before it arrived. */
  private ask({ which, isRight, isLost }: Extract<Step, { kind: 'ask' }>): void {
    const waiting = this.running.filter(({ outcome }) => outcome === undefined);
    const one = waiting[which % Math.max(1, waiting.length)];
    if (!one) return;
    if (!isLost) this.directory.try(isRight, this.nowMs);
    one.outcome = isLost ? 'unknown' : isRight ? 'right' : 'wrong';
  }

  private settle(which: number): void {
    const done = this.running.filter(({ outcome }) => outcome !== undefined);
    const one = done[which % Math.max(1, done.length)];
    if (!one?.outcome) return;
    this.record = settleTry(this.record, one.taken, { outcome: one.outcome, nowMs: this.nowMs });
    this.running = this.running.filter((other) => other !== one);
  }

  /** No attempt takes as long as a window: first all that run come to their end. */
  private wait(ms: number): void {
    for (const one of [...this.running]) {
      if (!one.outcome) this.ask({ kind: 'ask', which: 0, isRight: false, isLost: false });
    }
    while (this.running.length > 0) this.settle(0);
    this.nowMs += ms;
    if (this.record && this.nowMs >= endOf(this.record)) this.record = undefined;
  }
}

const anyWorld = fc
  .record({ failures: fc.integer({ min: 2, max: 12 }), windowSeconds: fc.integer({ min: 1, max: 3600 }) })
  .map((source) => new World(source));

describe('a directory behind any interleaving of tries', () => {
  it('never locks the account', () => {
    fc.assert(
      fc.property(anyWorld, fc.array(step, { minLength: 20, maxLength: 300 }), (world, steps) => {
        for (const next of steps) {
          world.do(next);
          expect(world.directory.isLocked).toBe(false);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves the owner a try on a known device, as long as known devices have not used their share up', () => {
    fc.assert(
      fc.property(anyWorld, fc.array(step, { minLength: 20, maxLength: 300 }), (world, steps) => {
        const share = world.limits.total - world.limits.strangers;
        for (const next of steps) {
          world.do(next);
          if (world.knownInUse() < share) expect(world.hasKnownTry()).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
