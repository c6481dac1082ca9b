import { type AccountGate, tryPassword } from '../strategies/account-at-risk';
import { NameBarred } from './account-check';
import { EvenRefusals, type RefusableTry, type WatchTries } from './even-refusals';

const byName = { act: 'login', sources: ['ldap'] } as const;
const settings = { REFUSAL_FLOOR_MS: 250, REFUSAL_CEILING_MS: 2000 };

/** Time passes only where a source or a refusal takes some. */
class FakeTimer {
  chance = 0;
  private now = 1000;

  nowMs(): number {
    return this.now;
  }

  wait(ms: number): Promise<void> {
    this.now += ms;
    return Promise.resolve();
  }

  random(): number {
    return this.chance;
  }
}

describe('EvenRefusals', () => {
  let timer: FakeTimer;
  let refusals: EvenRefusals;

  beforeEach(() => {
    timer = new FakeTimer();
    refusals = new EvenRefusals(settings, timer);
  });

  const isRefused = (answer: string) => answer !== 'accepted';

  async function duration(
    ask: (watch: WatchTries) => Promise<string>,
    tried: RefusableTry = byName,
  ): Promise<number> {
    const startedAtMs = timer.nowMs();
    await refusals.even(tried, ask, isRefused);
    return timer.nowMs() - startedAtMs;
  }

  /** A name that its source does not know, which so tries no password. */
  const unknownName = () => timer.wait(2).then(() => 'refused');
  const triedFor = (ms: number, answer: 'accepted' | 'refused' = 'refused', gate?: AccountGate) => {
    return async (watch: WatchTries) => {
      const attempt = () => timer.wait(ms).then(() => answer);
      const wasRight = (result: string) => (result === 'accepted' ? 'right' : 'wrong');
      return (await tryPassword({ gate: watch(gate) }, { key: 'ldap:1' }, attempt, wasRight)) ?? 'refused';
    };
  };
  const wrongPassword = (ms: number) => triedFor(ms);

  async function learn(ms: number, tried: RefusableTry = byName): Promise<void> {
    for (let count = 0; count < 2; count++) await duration(wrongPassword(ms), tried);
  }

  it('holds back the bar of a name that shows only after sources were asked, and no other error', async () => {
    const failing = (error: Error) => async () => {
      await timer.wait(2);
      throw error;
    };
    const durations: number[] = [];
    for (const error of [new NameBarred(60, true), new NameBarred(60), new Error('down')]) {
      const startedAtMs = timer.nowMs();
      await expect(refusals.even(byName, failing(error), isRefused)).rejects.toBe(error);
      durations.push(timer.nowMs() - startedAtMs);
    }
    expect(durations).toEqual([250, 2, 2]);
  });

  it('answers every refusal at the same time, before anything was learnt', async () => {
    expect(await duration(unknownName)).toBe(250);
    expect(await duration(wrongPassword(120))).toBe(250);
    expect(await duration(() => Promise.resolve('refused'))).toBe(250);
  });

  it('holds back nobody whose password is accepted, and learns nothing of them', async () => {
    expect(await duration(triedFor(700, 'accepted'))).toBe(700);
    expect(await duration(unknownName)).toBe(250);
  });

  it('learns how long wrong passwords take at a source slower than the floor', async () => {
    await learn(800);
    expect(await duration(unknownName)).toBe(800);
    expect(await duration(wrongPassword(640))).toBe(800);
  });

  it('learns only of passwords that were tried', async () => {
    await duration(() => timer.wait(900).then(() => 'refused'));
    await duration(() => timer.wait(900).then(() => 'refused'));
    const closed: AccountGate = { pass: () => timer.wait(900).then(() => undefined) };
    await duration(triedFor(900, 'refused', closed));
    expect(await duration(unknownName)).toBe(250);
  });

  it('holds nobody back beyond the ceiling, nor remembers more than that', async () => {
    await learn(30_000);
    expect(await duration(unknownName)).toBe(2000);
    expect(await duration(wrongPassword(5000))).toBe(5000);
    refusals = new EvenRefusals({ REFUSAL_FLOOR_MS: 250, REFUSAL_CEILING_MS: 0 }, timer);
    expect(await duration(unknownName)).toBe(2);
  });

  it('adds up to a tenth by chance', async () => {
    timer.chance = 0.5;
    expect(await duration(unknownName)).toBe(263);
    timer.chance = 1;
    expect(await duration(unknownName)).toBe(275);
  });

  it.each<[string, RefusableTry]>([
    ['another way of naming', { ...byName, namedBy: 'dn' }],
    ['another act', { ...byName, act: 'password_change' }],
    ['other sources', { ...byName, sources: ['ldap.partners'] }],
    ['more sources', { ...byName, sources: ['ldap', 'ldap.partners'] }],
  ])('keeps %s apart, and lets a name that no source takes go by the slowest', async (_, other) => {
    await learn(800, other);
    expect(await duration(unknownName)).toBe(250);
    expect(await duration(unknownName, other)).toBe(800);
    expect(await duration(unknownName, { ...other, sources: [] })).toBe(800);
  });

  it('lets the gate of the accounts decide', async () => {
    const asked: string[] = [];
    const gate: AccountGate = {
      pass: (account, attempt) => {
        asked.push(account.key);
        return attempt();
      },
    };
    expect(await duration(triedFor(3, 'accepted', gate))).toBe(3);
    expect(asked).toEqual(['ldap:1']);
  });

  it('passes an outage on at once', async () => {
    const outage = refusals.even(byName, () => Promise.reject(new Error('down')), isRefused);
    await expect(outage).rejects.toThrow('down');
    expect(timer.nowMs()).toBe(1000);
  });

  it('refuses further logins before they are tried when too many are under way, and takes them again after that', async () => {
    let answer: (text: string) => void = () => undefined;
    const held = new Promise<string>((resolve) => (answer = resolve));
    const underWay = Array.from({ length: 5000 }, () => refusals.even(byName, () => held, isRefused));
    const ask = jest.fn(() => Promise.resolve('refused'));
    await expect(refusals.even(byName, ask, isRefused)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      options: { retryAfterSeconds: 1 },
    });
    expect(ask).not.toHaveBeenCalled();
    answer('refused');
    await Promise.all(underWay);
    expect(await refusals.even(byName, ask, isRefused)).toBe('refused');
  });

  it('keeps no more targets than a bounded number', async () => {
    for (let index = 0; index < 100; index++) await learn(800, { ...byName, sources: [`ldap.s${index}`] });
    const one = { ...byName, sources: ['ldap.never'] };
    expect(await duration(unknownName, one)).toBe(800);
  });
});
