import { FakeClock } from '../../test/support/fake-clock';
import { BarredLogins } from './barred-logins';

it('refuses the logins of a barred address until its window ends, and says when that is', () => {
  const clock = new FakeClock();
  const barred = new BarredLogins(clock, { RATE_LIMIT_MAX_KEYS: 10 });
  barred.bar('2001:db8::1', 20, 60);
  clock.advance(30_000);
  const refusal = barred.refusalOf('2001:db8::2');
  expect(refusal).toMatchObject({ code: 'TOO_MANY_REQUESTS', options: { retryAfterSeconds: 30 } });
  expect(barred.refusalOf('192.0.2.1')).toBeUndefined();
  clock.advance(30_000);
  expect(barred.refusalOf('2001:db8::1')).toBeUndefined();
  expect(barred.size).toBe(0);
});

it('keeps no more addresses than counters are kept', () => {
  const barred = new BarredLogins(new FakeClock(), { RATE_LIMIT_MAX_KEYS: 10 });
  for (let n = 0; n < 200; n++) barred.bar(`192.0.2.${n}`, 20, 60);
  expect(barred.size).toBe(10);
  expect(barred.refusalOf('192.0.2.0')).toBeUndefined();
  expect(barred.refusalOf('192.0.2.199')).toBeDefined();
});

it('has one error for all who have to wait for as long', () => {
  const clock = new FakeClock();
  const barred = new BarredLogins(clock, { RATE_LIMIT_MAX_KEYS: 10_000 });
  barred.bar('192.0.2.1', 20, 60);
  barred.bar('192.0.2.2', 20, 60);
  const refusal = barred.refusalOf('192.0.2.1');
  expect(refusal).toBeDefined();
  expect(barred.refusalOf('192.0.2.2')).toBe(refusal);
  for (let seconds = 1; seconds <= 3000; seconds++) {
    barred.bar('192.0.2.3', 20, seconds);
    expect(barred.refusalOf('192.0.2.3')).toMatchObject({ options: { retryAfterSeconds: seconds } });
  }
});
