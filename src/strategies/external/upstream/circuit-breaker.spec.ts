import fc from 'fast-check';
import { CircuitBreaker, type Health, type Permit } from './circuit-breaker';

const limits = { failures: 3, openMs: 1000, trialMs: 5000 };

/** @throws Error when it admits nobody. */
function permitOf(breaker: CircuitBreaker, nowMs: number): Permit {
  const admission = breaker.admit(nowMs);
  if (!admission.admitted) throw new Error(`not admitted for ${admission.retryInMs} ms`);
  return admission.permit;
}

function callAt(breaker: CircuitBreaker, nowMs: number, health: Health) {
  return breaker.report(permitOf(breaker, nowMs), health, nowMs);
}

/** Opened at 0. */
function openBreaker(): CircuitBreaker {
  const breaker = new CircuitBreaker(limits);
  expect([1, 2, 3].map(() => callAt(breaker, 0, 'outage'))).toEqual([undefined, undefined, 'opened']);
  return breaker;
}

const refused = (retryInMs: number) => ({ admitted: false, retryInMs });

describe('a closed breaker', () => {
  it('opens after outages in a row, and only in a row', () => {
    const breaker = new CircuitBreaker(limits);
    for (const health of ['outage', 'outage', 'alive', 'outage', 'unknown', 'outage'] as const) {
      expect(callAt(breaker, 0, health)).toBeUndefined();
    }
    expect(callAt(breaker, 0, 'outage')).toBe('opened');
    expect(breaker.admit(0)).toEqual(refused(1000));
  });

  it('says once that it opens, however many calls were running', () => {
    const breaker = new CircuitBreaker(limits);
    const permits = Array.from({ length: 10 }, () => permitOf(breaker, 0));
    const changes = permits.map((permit) => breaker.report(permit, 'outage', 0));
    expect(changes.filter((change) => change === 'opened')).toHaveLength(1);
  });
});

describe('an open breaker', () => {
  it('admits nobody until its time is over, then one', () => {
    const breaker = openBreaker();
    expect(breaker.admit(1)).toEqual(refused(999));
    expect(breaker.admit(999)).toEqual(refused(1));
    expect(breaker.admit(1000)).toMatchObject({ admitted: true });
    expect(breaker.admit(1000)).toEqual(refused(0));
    expect(breaker.admit(5999)).toEqual(refused(0));
  });

  it.each([
    ['alive', 'closed', true],
    ['outage', undefined, false],
    ['unknown', undefined, true],
  ] as const)('whose trial ends as %s says %s', (health, change, admitted) => {
    const breaker = openBreaker();
    expect(callAt(breaker, 1500, health)).toBe(change);
    expect(breaker.admit(1500)).toMatchObject({ admitted });
    expect(breaker.admit(2499)).toMatchObject({ admitted: health === 'alive' });
  });

  it('starts to count anew once closed', () => {
    const breaker = openBreaker();
    callAt(breaker, 1000, 'alive');
    expect([1, 2, 3].map(() => callAt(breaker, 1000, 'outage'))).toEqual([undefined, undefined, 'opened']);
  });

  it('does not wait for ever for a trial that never reports, and then believes only the new one', () => {
    const breaker = openBreaker();
    const lost = permitOf(breaker, 1000);
    expect(breaker.admit(5999)).toEqual(refused(0));
    const trial = permitOf(breaker, 6000);
    expect(breaker.report(lost, 'alive', 6000)).toBeUndefined();
    expect(breaker.admit(6000)).toEqual(refused(0));
    expect(breaker.report(trial, 'alive', 6000)).toBe('closed');
  });

  it('learns nothing from calls that began before it opened', () => {
    const breaker = new CircuitBreaker(limits);
    const early = permitOf(breaker, 0);
    for (let call = 0; call < 3; call++) callAt(breaker, 0, 'outage');
    expect(breaker.report(early, 'alive', 500)).toBeUndefined();
    expect(breaker.admit(500)).toEqual(refused(500));
    const trial = permitOf(breaker, 1000);
    expect(breaker.report(early, 'outage', 1000)).toBeUndefined();
    expect(breaker.report(trial, 'alive', 1000)).toBe('closed');
  });
});

describe('a breaker, whatever happens', () => {
  const events = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('call' as const) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 1500 }) }),
      fc.record({
        kind: fc.constant('report' as const),
        which: fc.nat(),
        health: fc.constantFrom<Health>('alive', 'outage', 'unknown'),
      }),
    ),
    { maxLength: 60 },
  );

  it('has one trial at a time while it is not closed, and is never stuck', () => {
    fc.assert(
      fc.property(events, (story) => {
        const breaker = new CircuitBreaker(limits);
        const running: Permit[] = [];
        let nowMs = 0;
        let isClosed = true;
        let trialEndsMs = 0;
        let trial: Permit | undefined;
        for (const event of story) {
          if (event.kind === 'wait') nowMs += event.ms;
          if (event.kind === 'call') {
            const admission = breaker.admit(nowMs);
            if (isClosed) expect(admission.admitted).toBe(true);
            if (!admission.admitted) continue;
            running.push(admission.permit);
            if (isClosed) continue;
            expect(trial === undefined || nowMs >= trialEndsMs).toBe(true);
            trial = admission.permit;
            trialEndsMs = nowMs + limits.trialMs;
          }
          if (event.kind === 'report' && running.length > 0) {
            const [permit] = running.splice(event.which % running.length, 1);
            if (permit === undefined) continue;
            const change = breaker.report(permit, event.health, nowMs);
            if (change !== undefined) isClosed = change === 'closed';
            if (permit === trial) trial = undefined;
          }
        }
        expect(breaker.admit(nowMs + limits.openMs + limits.trialMs)).toMatchObject({ admitted: true });
      }),
    );
  });
});
