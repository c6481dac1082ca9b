import fc from 'fast-check';
import {
  advance,
  firstRing,
  type KeyPolicy,
  type KeyRing,
  promotableFromMs,
  promote,
  publishNext,
  removalMarginMs,
  retire,
  type RingStep,
  wantsKey,
} from './key-ring';
import type { KeyPair } from './signing-algorithms';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const policy: KeyPolicy = {
  algorithm: 'ES256',
  maxAgeMs: 30 * dayMs,
  leadMs: dayMs,
  leastLeadMs: 6 * minuteMs,
  tokenLifeMs: 15 * minuteMs,
};

let made = 0;
function newKey(algorithm: KeyPair['algorithm'] = 'ES256'): KeyPair {
  made++;
  return { kid: `key ${made}`, algorithm, publicJwk: { kty: 'EC' }, privateJwk: { kty: 'EC', d: 'canary' } };
}

function at(nowMs: number, changes: Partial<KeyPolicy> = {}): RingStep {
  return { nowMs, policy: { ...policy, ...changes } };
}

/** As a process does it: a key is made only when the ring wants one. */
function settle(ring: KeyRing, step: RingStep): KeyRing {
  const spare = wantsKey(ring, step) ? { spare: newKey(step.policy.algorithm) } : {};
  return advance(ring, { ...step, ...spare });
}

function kidsOf({ current, next, previous }: KeyRing): string[] {
  return [current, ...(next ? [next] : []), ...previous].map(({ kid }) => kid);
}

describe('the life of a key', () => {
  const first = firstRing(newKey(), at(0));
  const publishedAtMs = 29 * dayMs;

  it('is quiet until a lead before its end', () => {
    for (const nowMs of [0, dayMs, publishedAtMs - 1]) expect(settle(first, at(nowMs))).toBe(first);
    const published = settle(first, at(publishedAtMs));
    expect(published.next).toMatchObject({ createdAtMs: publishedAtMs, activeFromMs: 30 * dayMs });
    expect(published.current).toBe(first.current);
  });

  it('goes from next to current to previous to nothing, to the millisecond', () => {
    const published = settle(first, at(publishedAtMs));
    expect(settle(published, at(30 * dayMs - 1))).toBe(published);
    const rotated = settle(published, at(30 * dayMs));
    expect(rotated.current.kid).toBe(published.next?.kid);
    expect(rotated.next).toBeUndefined();
    const removeAfterMs = 30 * dayMs + policy.tokenLifeMs + removalMarginMs;
    expect(rotated.previous).toEqual([
      expect.objectContaining({ kid: first.current.kid, retiredAtMs: 30 * dayMs, removeAfterMs }),
    ]);
    expect(settle(rotated, at(removeAfterMs - 1))).toBe(rotated);
    expect(settle(rotated, at(removeAfterMs)).previous).toEqual([]);
  });

  it('ends with its private part, which a previous key has no more', () => {
    const rotated = settle(settle(first, at(publishedAtMs)), at(30 * dayMs));
    expect(JSON.stringify(rotated.previous)).not.toContain('canary');
  });

  it('lasts a whole lead after a long standstill, too', () => {
    const published = settle(first, at(100 * dayMs));
    expect(published.current).toBe(first.current);
    expect(published.next?.activeFromMs).toBe(101 * dayMs);
  });

  it('remembers the longest life of a token, although tokens live shorter when it ends', () => {
    const longer = settle(first, at(1, { tokenLifeMs: dayMs }));
    const rotated = settle(settle(longer, at(publishedAtMs)), at(30 * dayMs));
    expect(rotated.previous[0]?.removeAfterMs).toBe(31 * dayMs + removalMarginMs);
  });
});

describe('a clock that was years ahead and has been set back', () => {
  const years = 10 * 365 * dayMs;
  const madeAhead = firstRing(newKey(), at(years));
  const publishedAhead = publishNext(firstRing(newKey(), at(0)), { ...at(years), spare: newKey() });

  it('does not keep its key for ever: the next one is published at once, and signs after the lead', () => {
    const published = settle(madeAhead, at(0));
    expect(published.next?.activeFromMs).toBe(dayMs);
    expect(settle(published, at(dayMs)).current.kid).toBe(published.next?.kid);
  });

  it('does not hold up the next key', () => {
    const replaced = settle(publishedAhead, at(29 * dayMs));
    expect(replaced.next?.kid).not.toBe(publishedAhead.next?.kid);
    expect(replaced.next?.activeFromMs).toBe(30 * dayMs);
    expect(settle(replaced, at(29 * dayMs + 1))).toBe(replaced);
  });

  it('is not taken for what clocks of replicas differ by', () => {
    const young = firstRing(newKey(), at(5 * minuteMs));
    expect(settle(young, at(0))).toBe(young);
    const ready = publishNext(first30(), { ...at(29 * dayMs + 5 * minuteMs), spare: newKey() });
    expect(settle(ready, at(29 * dayMs))).toBe(ready);
  });

  function first30(): KeyRing {
    return firstRing(newKey(), at(0));
  }
});

describe('another algorithm', () => {
  const first = firstRing(newKey(), at(0));
  const wished = { algorithm: 'RS256' } as const;

  it('is published at once and signs after the lead', () => {
    const published = settle(first, at(5, wished));
    expect(published.next).toMatchObject({ algorithm: 'RS256', activeFromMs: 5 + dayMs });
    const rotated = settle(published, at(5 + dayMs, wished));
    expect([rotated.current.algorithm, rotated.previous[0]?.algorithm]).toEqual(['RS256', 'ES256']);
    expect(settle(rotated, at(6 + dayMs, wished))).toBe(rotated);
  });

  it('takes the place of a next key that it does not fit, but not all the time while old and new processes run', () => {
    const published = settle(first, at(29 * dayMs));
    expect(settle(published, at(29 * dayMs + minuteMs, wished))).toBe(published);
    const replaced = settle(published, at(29 * dayMs + 10 * minuteMs, wished));
    expect(replaced.next).toMatchObject({ algorithm: 'RS256', activeFromMs: 30 * dayMs + 10 * minuteMs });
    expect(replaced.current).toBe(first.current);
  });
});

describe('an operator', () => {
  const first = firstRing(newKey(), at(0));
  const published = publishNext(first, { ...at(0), spare: newKey() });

  it('may make the next key sign long before the lead is over', () => {
    expect(published.next && promotableFromMs(published.next, policy)).toBe(6 * minuteMs);
    const promoted = promote(published, at(6 * minuteMs));
    expect(promoted.current).toMatchObject({ kid: published.next?.kid, activeFromMs: 6 * minuteMs });
    expect(promoted.next).toBeUndefined();
  });

  it('publishes one next key, not two', () => {
    expect(publishNext(published, { ...at(1), spare: newKey() })).toBe(published);
  });

  it('retires the current key: the next one signs, or a new one, and the old one is nowhere', () => {
    const withNext = retire(published, first.current.kid, at(1));
    expect(kidsOf(withNext)).toEqual([published.next?.kid]);
    const spare = newKey();
    expect(kidsOf(retire(first, first.current.kid, { ...at(1), spare }))).toEqual([spare.kid]);
    expect(retire(first, first.current.kid, at(1))).toBe(first);
  });

  it('retires a next and a previous key', () => {
    expect(kidsOf(retire(published, published.next?.kid ?? '', at(1)))).toEqual([first.current.kid]);
    const rotated = promote(published, at(1));
    expect(kidsOf(retire(rotated, first.current.kid, at(2)))).toEqual([published.next?.kid]);
    expect(retire(rotated, 'unknown', at(2))).toBe(rotated);
  });
});

/**
 * A world of gateways that look at the ring every few seconds, and verifiers that keep a key set for its max-age. Time goes on in
 * steps of any length; at each step one gateway signs, and what is still valid is shown to everybody.
 */
describe('any number of rotations', () => {
  const cacheMs = 5 * minuteMs;
  const lookMs = 10_000;
  const gateways = 3;
  const verifiers = 3;

  interface Step {
    readonly passMs: number;
    readonly gateway: number;
    readonly verifier: number;
    readonly rotate: boolean;
    readonly tokenLifeMs: number;
    readonly algorithm: 'ES256' | 'RS256';
  }

  const steps = fc.array(
    fc.record({
      passMs: fc.oneof(
        fc.integer({ min: 0, max: lookMs }),
        fc.integer({ min: 0, max: 20 * minuteMs }),
        fc.integer({ min: 0, max: 2 * dayMs }),
      ),
      gateway: fc.nat(gateways - 1),
      verifier: fc.nat(verifiers - 1),
      rotate: fc.boolean(),
      tokenLifeMs: fc.constantFrom(minuteMs, 15 * minuteMs, dayMs),
      algorithm: fc.constantFrom(...Array<'ES256'>(9).fill('ES256'), 'RS256' as const),
    }),
    { minLength: 30, maxLength: 150, size: 'max' },
  );
  const leads = fc.constantFrom(6 * minuteMs, 60 * minuteMs, dayMs);
  const ages = fc.constantFrom(dayMs, 3 * dayMs);

  class World {
    nowMs = 0;
    ring = firstRing(newKey(), at(0));
    rotations = 0;
    private readonly views = Array.from({ length: gateways }, () => ({ ring: this.ring, atMs: 0 }));
    private readonly caches = Array.from({ length: verifiers }, () => ({
      kids: new Set<string>(),
      untilMs: 0,
    }));
    private tokens: { kid: string; endsAtMs: number }[] = [];

    constructor(private readonly policy: KeyPolicy) {}

    run({ passMs, gateway, verifier, rotate, tokenLifeMs, algorithm }: Step): void {
      this.nowMs += passMs;
      const view = this.viewOf(gateway);
      const step = { nowMs: this.nowMs, policy: { ...this.policy, tokenLifeMs, algorithm } };
      if (this.nowMs - view.atMs >= lookMs) this.look(view, step, rotate);
      // Whoever has not looked for so long does so before anything else.
      for (const other of this.views) if (this.nowMs - other.atMs >= lookMs) this.look(other, step, false);
      // A process that is started with a longer life looks at the ring before it signs.
      const lifeMs = Math.min(tokenLifeMs, view.ring.current.tokenLifeMs);
      this.tokens.push({ kid: view.ring.current.kid, endsAtMs: this.nowMs + lifeMs });
      this.tokens = this.tokens.filter(({ endsAtMs }) => endsAtMs > this.nowMs);
      this.fetchWhereOld(verifier, view.ring);
      this.showTokens();
    }

    private look(view: { ring: KeyRing; atMs: number }, step: RingStep, rotate: boolean): void {
      const before = this.ring.current.kid;
      this.ring = settle(this.ring, step);
      const { next } = this.ring;
      if (rotate && next && this.nowMs >= promotableFromMs(next, step.policy))
        this.ring = promote(this.ring, step);
      if (this.ring.current.kid !== before) this.rotations++;
      Object.assign(view, { ring: this.ring, atMs: this.nowMs });
    }

    /** From any gateway, also one that has not looked for some seconds. */
    private fetchWhereOld(verifier: number, ring: KeyRing): void {
      for (const [index, cache] of this.caches.entries()) {
        const isOld = this.nowMs >= cache.untilMs;
        if (!isOld) continue;
        const source = index === verifier ? ring : this.ring;
        Object.assign(cache, { kids: new Set(kidsOf(source)), untilMs: this.nowMs + cacheMs });
      }
    }

    private showTokens(): void {
      for (const { kid } of this.tokens) {
        const unknown = this.caches.findIndex(({ kids }) => !kids.has(kid));
        if (unknown >= 0) throw new Error(`verifier ${unknown} does not know ${kid}`);
        const refusing = this.views.findIndex((view) => !kidsOf(view.ring).includes(kid));
        if (refusing >= 0) throw new Error(`gateway ${refusing} refuses ${kid}`);
      }
    }

    private viewOf(gateway: number): { ring: KeyRing; atMs: number } {
      const view = this.views[gateway];
      if (!view) throw new Error('no such gateway');
      return view;
    }
  }

  it('refuse no token, at no gateway and at no verifier that keeps a key set for its max-age', () => {
    let rotations = 0;
    fc.assert(
      fc.property(steps, leads, ages, (list, leadMs, maxAgeMs) => {
        const world = new World({ ...policy, leadMs, maxAgeMs });
        for (const step of list) world.run(step);
        expect(world.ring.previous.length).toBeLessThan(200);
        rotations += world.rotations;
      }),
      { numRuns: 400 },
    );
    // The worlds are no quiet ones.
    expect(rotations).toBeGreaterThan(1000);
  });

  it('would refuse some if a key signed as soon as it is published', () => {
    const list: Step[] = Array.from({ length: 200 }, (_, index) => ({
      passMs: 11_000,
      gateway: index % gateways,
      verifier: 0,
      rotate: true,
      tokenLifeMs: minuteMs,
      algorithm: 'ES256',
    }));
    const world = new World({ ...policy, leadMs: minuteMs, leastLeadMs: 0, maxAgeMs: 2 * minuteMs });
    expect(() => list.forEach((step) => world.run(step))).toThrow('does not know');
  });
});
