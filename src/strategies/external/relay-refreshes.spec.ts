import { FakeClock } from '../../../test/support/fake-clock';
import type { RelayedRefresh } from '../token-relay';
import { RelayRefreshes } from './relay-refreshes';

const keptMs = 5000;

describe('RelayRefreshes', () => {
  let clock: FakeClock;
  let refreshes: RelayRefreshes;
  let calls: number;

  beforeEach(() => {
    clock = new FakeClock();
    refreshes = new RelayRefreshes(clock);
    calls = 0;
  });

  function giving(refreshToken?: string): () => Promise<RelayedRefresh> {
    return () => {
      calls++;
      return Promise.resolve({ accepted: true, tokens: { accessToken: `access-${calls}`, refreshToken } });
    };
  }

  it('keeps what was accepted for 5 s after its answer', async () => {
    let answer: (outcome: RelayedRefresh) => void = () => undefined;
    const slow = refreshes.share('old', () => new Promise((resolve) => (answer = resolve)));
    clock.advance(60_000);
    answer({ accepted: true, tokens: { accessToken: 'a', refreshToken: 'new' } });
    const outcome = await slow;
    clock.advance(keptMs - 1);
    expect(await refreshes.share('old', giving())).toBe(outcome);
    expect(await refreshes.share('other', giving())).not.toBe(outcome);
    clock.advance(1);
    expect(await refreshes.share('old', giving())).not.toBe(outcome);
    expect(calls).toBe(2);
  });

  it('keeps nothing that was refused or has failed', async () => {
    expect(await refreshes.share('old', () => Promise.resolve({ accepted: false }))).toEqual({
      accepted: false,
    });
    const failing = () => Promise.reject(new Error('down'));
    await expect(refreshes.share('old', failing)).rejects.toThrow('down');
    expect((await refreshes.share('old', giving())).accepted).toBe(true);
  });

  it('keeps nothing longer because the clock was set back', async () => {
    await refreshes.share('old', giving());
    clock.advance(-3_600_000);
    await refreshes.share('old', giving());
    expect(calls).toBe(2);
  });

  it('keeps 10,000 at most, and drops the oldest', async () => {
    for (let n = 0; n <= 10_000; n++) await refreshes.share(`token-${n}`, giving());
    await refreshes.share('token-1', giving());
    expect(calls).toBe(10_001);
    await refreshes.share('token-0', giving());
    expect(calls).toBe(10_002);
  });

  it('gives a late tab the newest token, not one that was spent since', async () => {
    await refreshes.share('one', giving('two'));
    const newest = await refreshes.share('two', giving('three'));
    expect(await refreshes.share('one', giving())).toBe(newest);
    await refreshes.share('three', giving());
    expect(await refreshes.share('one', giving())).toBe(newest);
    await refreshes.share('x', giving('y'));
    await refreshes.share('y', giving('x'));
    expect((await refreshes.share('x', giving())).accepted).toBe(true);
    expect(calls).toBe(5);
  });

  it('gives a successor away once, and nobody the outcome after that', async () => {
    await refreshes.share('old', giving('new'));
    expect(await refreshes.takeSuccessorOf('old')).toBe('new');
    expect(await refreshes.takeSuccessorOf('old')).toBeUndefined();
    await refreshes.share('old', giving());
    expect(calls).toBe(2);
    expect(await refreshes.takeSuccessorOf('old')).toBeUndefined();
    expect(await refreshes.takeSuccessorOf('unknown')).toBeUndefined();
  });

  it('gives nobody a token that has been taken', async () => {
    await refreshes.share('old', giving('new'));
    await refreshes.takeSuccessorOf('new');
    await refreshes.share('old', giving());
    expect(calls).toBe(2);
  });

  it('waits for the refresh under way before it tells its successor', async () => {
    let answer: (outcome: RelayedRefresh) => void = () => undefined;
    const slow = refreshes.share('old', () => new Promise((resolve) => (answer = resolve)));
    const taken = refreshes.takeSuccessorOf('old');
    answer({ accepted: true, tokens: { accessToken: 'a', refreshToken: 'new' } });
    expect(await taken).toBe('new');
    await slow;
    const failing = refreshes.share('broken', () => Promise.reject(new Error('down')));
    const none = refreshes.takeSuccessorOf('broken');
    await expect(failing).rejects.toThrow('down');
    expect(await none).toBeUndefined();
  });
});
