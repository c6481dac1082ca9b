import { CircuitBreaker } from './circuit-breaker';

const intervalMs = 5000;

function brokenAt(nowMs: number): CircuitBreaker {
  const breaker = new CircuitBreaker(intervalMs);
  breaker.fail(nowMs);
  return breaker;
}

describe('CircuitBreaker', () => {
  it('is closed until something fails, and then tells the first who noticed', () => {
    const breaker = new CircuitBreaker(intervalMs);
    expect(breaker.isClosed).toBe(true);
    expect(breaker.msUntilProbe(0)).toBeUndefined();
    expect(breaker.retryAfterMs(0)).toBe(0);
    expect(breaker.fail(0)).toBe(true);
    expect(breaker.fail(1)).toBe(false);
    expect(breaker.isClosed).toBe(false);
  });

  it('wants a probe after an interval, and further ones an interval apart', () => {
    const breaker = brokenAt(1000);
    expect(breaker.msUntilProbe(1000)).toBe(5000);
    expect(breaker.msUntilProbe(90_000)).toBe(0);
    breaker.startProbe(90_000);
    breaker.endProbe(false, 91_000);
    expect(breaker.isClosed).toBe(false);
    expect(breaker.msUntilProbe(92_000)).toBe(3000);
  });

  it('wants the first probe at once when there is no other server', () => {
    const breaker = brokenAt(1000);
    breaker.hurry();
    expect(breaker.msUntilProbe(1000)).toBe(0);
    breaker.startProbe(1000);
    breaker.endProbe(false, 1000);
    expect(breaker.msUntilProbe(1000)).toBe(5000);
  });

  it('wants no second probe while one is under way', () => {
    const breaker = brokenAt(0);
    breaker.startProbe(0);
    expect(breaker.msUntilProbe(60_000)).toBeUndefined();
  });

  it('closes when a probe succeeds', () => {
    const breaker = brokenAt(0);
    breaker.startProbe(0);
    breaker.endProbe(true, 0);
    expect(breaker.isClosed).toBe(true);
    expect(breaker.msUntilProbe(0)).toBeUndefined();
  });

  it('does not let a server that passes probes only be tried by every login', () => {
    const breaker = brokenAt(0);
    breaker.hurry();
    breaker.startProbe(0);
    breaker.endProbe(true, 0);
    breaker.fail(100);
    breaker.hurry();
    expect(breaker.msUntilProbe(100)).toBe(4900);
  });

  it('forgets the hurry of an earlier failure', () => {
    const breaker = brokenAt(0);
    breaker.hurry();
    breaker.startProbe(0);
    breaker.endProbe(true, 0);
    breaker.fail(20_000);
    expect(breaker.msUntilProbe(20_000)).toBe(5000);
  });

  it('tells how long to wait before another try', () => {
    const breaker = brokenAt(1000);
    breaker.startProbe(1000);
    expect(breaker.retryAfterMs(2000)).toBe(4000);
    expect(breaker.retryAfterMs(90_000)).toBe(0);
  });

  it('stays closed under suspicion, and wants one probe at once', () => {
    const breaker = new CircuitBreaker(intervalMs);
    expect(breaker.isDoubted(0)).toBe(false);
    expect(breaker.suspect(1000)).toBe(true);
    breaker.startProbe(1000);
    expect(breaker.suspect(1001)).toBe(false);
    expect(breaker.isClosed).toBe(true);
    expect(breaker.isDoubted(90_000)).toBe(true);
  });

  it('is doubted for an interval also when the probe succeeds', () => {
    const breaker = new CircuitBreaker(intervalMs);
    breaker.suspect(1000);
    breaker.startProbe(1000);
    breaker.endProbe(true, 1001);
    expect(breaker.isClosed).toBe(true);
    expect(breaker.isDoubted(5999)).toBe(true);
    expect(breaker.isDoubted(6000)).toBe(false);
  });

  it('opens when the probe of a suspicion fails, and probes again an interval later', () => {
    const breaker = new CircuitBreaker(intervalMs);
    breaker.suspect(1000);
    breaker.startProbe(1000);
    breaker.endProbe(false, 1400);
    expect(breaker.isClosed).toBe(false);
    expect(breaker.suspect(1500)).toBe(false);
    breaker.hurry();
    expect(breaker.msUntilProbe(1400)).toBe(4600);
  });
});
