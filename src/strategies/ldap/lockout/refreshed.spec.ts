import { Refreshed } from './refreshed';

const always = { freshMs: 0, retryMs: 0 };
const once = { freshMs: 1e9, retryMs: 1e9 };

/** A reading that ends when the test says so. */
function reading() {
  let reads = 0;
  let end: (value: number) => void = () => undefined;
  const value = new Promise<number>((resolve) => {
    end = resolve;
  });
  const read = () => {
    reads += 1;
    return value;
  };
  return { read, resolve: (result: number) => end(result), reads: () => reads };
}

describe('Refreshed', () => {
  it('reads once for all who ask at the same time', async () => {
    const value = new Refreshed<number>(once);
    const source = reading();
    const asked = [1, 2, 3].map(() => value.get(source.read, 60_000));
    source.resolve(7);
    expect(await Promise.all(asked)).toEqual([7, 7, 7]);
    expect(await value.get(source.read, 0)).toBe(7);
    expect(source.reads()).toBe(1);
  });

  it('lets nobody wait for longer than they would, while the reading goes on', async () => {
    const value = new Refreshed<number>(once);
    const source = reading();
    expect(await value.get(source.read, 1)).toBeUndefined();
    source.resolve(7);
    expect(await value.get(source.read, 60_000)).toBe(7);
    expect(source.reads()).toBe(1);
  });

  it('gives what is known while an old value is read again', async () => {
    const value = new Refreshed<number>(always);
    await value.get(() => Promise.resolve(1), 60_000);
    const source = reading();
    expect(await value.get(source.read, 60_000)).toBe(1);
    expect(source.reads()).toBe(1);
    source.resolve(2);
    await value.readNow(source.read);
    expect(value.known).toBe(2);
  });

  it('keeps what was known when a reading fails, and tries again only after a while', async () => {
    const value = new Refreshed<number>({ freshMs: 0, retryMs: 1e9 });
    await value.get(() => Promise.resolve(1), 60_000);
    const failing = () => Promise.reject(new Error('down'));
    await expect(value.readNow(failing)).rejects.toThrow('down');
    expect(value.isStale).toBe(false);
    expect(await value.get(failing, 60_000)).toBe(1);
    const nothing = new Refreshed<number>(once);
    expect(await nothing.get(failing, 60_000)).toBeUndefined();
    expect(await nothing.get(() => Promise.resolve(3), 60_000)).toBeUndefined();
  });
});
