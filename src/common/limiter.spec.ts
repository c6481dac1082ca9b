import { Limiter, LimiterFull } from './limiter';

interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function deferred(): Deferred {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((resolvePromise) => (resolve = resolvePromise));
  return { promise, resolve };
}

describe('Limiter', () => {
  it('runs as many as allowed, lets the next wait in turn, and refuses past the queue', async () => {
    const limiter = new Limiter(2, 1);
    const gates = [deferred(), deferred(), deferred()];
    const started: number[] = [];
    const task = (n: number) =>
      limiter.run(async () => {
        started.push(n);
        await gates[n]?.promise;
        return n;
      });
    const [zero, one, two] = [task(0), task(1), task(2)];
    await expect(task(3)).rejects.toBeInstanceOf(LimiterFull);
    expect(started).toEqual([0, 1]);
    gates[1]?.resolve();
    expect(await one).toBe(1);
    await Promise.resolve();
    expect(started).toEqual([0, 1, 2]);
    gates[0]?.resolve();
    gates[2]?.resolve();
    expect(await Promise.all([zero, two])).toEqual([0, 2]);
  });

  it('frees the place of a task that failed', async () => {
    const limiter = new Limiter(1, 0);
    await expect(limiter.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await limiter.run(() => Promise.resolve('yes'))).toBe('yes');
  });

  it('lets nobody wait for longer than that, and gives the place to who still waits', async () => {
    const limiter = new Limiter(1, 2, 100);
    const gate = deferred();
    const first = limiter.run(() => gate.promise);
    await expect(limiter.run(() => Promise.resolve('late'))).rejects.toBeInstanceOf(LimiterFull);
    const next = limiter.run(() => Promise.resolve('next'));
    gate.resolve();
    await first;
    expect(await next).toBe('next');
    expect(await limiter.run(() => Promise.resolve('free'))).toBe('free');
  });
});
