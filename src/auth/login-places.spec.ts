import { LoginPlaces } from './login-places';

const unavailable = expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' }) as Error;

interface Task {
  readonly done: Promise<unknown>;
  readonly finish: () => void;
}

/** Tasks that run until they are told to end, in places of their own. */
function bench(settings: { running: number; waiting: number; waitMs?: number }) {
  const places = new LoginPlaces({
    LOGIN_MAX_RUNNING: settings.running,
    LOGIN_MAX_WAITING: settings.waiting,
    LOGIN_MAX_WAIT_MS: settings.waitMs ?? 60_000,
  });
  const started: string[] = [];
  const known = new Map<string, string>();
  /** An address for each name; what is written as one stays as it is. */
  const addressOf = (name: string) => {
    known.set(name, name.includes(':') ? name : (known.get(name) ?? `192.0.2.${known.size + 1}`));
    return known.get(name) ?? '';
  };
  const start = (address: string): Task => {
    let finish: () => void = () => undefined;
    const end = new Promise<void>((resolve) => (finish = resolve));
    const done = places.run(addressOf(address), () => {
      started.push(address);
      return end;
    });
    done.catch(() => undefined);
    return { done, finish };
  };
  return { places, started, start };
}

it('runs so many at a time, lets some wait, and turns the rest away at once', async () => {
  const { start, started } = bench({ running: 2, waiting: 2 });
  const tasks = ['a', 'b', 'c', 'd', 'e'].map(start);
  await expect(tasks[4]?.done).rejects.toThrow(unavailable);
  expect(started).toEqual(['a', 'b']);
  tasks.forEach(({ finish }) => finish());
  await Promise.all(tasks.slice(0, 4).map(({ done }) => done));
  expect(started).toEqual(['a', 'b', 'c', 'd']);
});

it('gives addresses their turns, so that many logins of one do not hold up those of others', async () => {
  const { start, started } = bench({ running: 1, waiting: 32 });
  const tasks = ['x', 'flood', 'flood', 'flood', 'flood', 'one', 'two'].map(start);
  for (const { finish } of tasks) finish();
  await Promise.all(tasks.map(({ done }) => done));
  expect(started).toEqual(['x', 'flood', 'one', 'two', 'flood', 'flood', 'flood']);
});

it('gives one address an eighth of the waiting places', async () => {
  const { start } = bench({ running: 1, waiting: 16 });
  const tasks = ['x', 'flood', 'flood', 'flood'].map(start);
  await expect(tasks[3]?.done).rejects.toThrow(unavailable);
  const other = start('other');
  [...tasks, other].forEach(({ finish }) => finish());
  await Promise.all([...tasks.slice(0, 3), other].map(({ done }) => done));
});

it('takes all addresses of one /64 of IPv6 for one', async () => {
  const { start, started } = bench({ running: 1, waiting: 16 });
  const tasks = ['x', '2001:db8::1', '2001:db8::2', '2001:db8::3'].map(start);
  await expect(tasks[3]?.done).rejects.toThrow(unavailable);
  const other = start('2001:db8:0:1::1');
  [...tasks, other].forEach(({ finish }) => finish());
  await Promise.all([...tasks.slice(0, 3), other].map(({ done }) => done));
  expect(started).toEqual(['x', '2001:db8::1', '2001:db8:0:1::1', '2001:db8::2']);
});

it('lets nobody wait for ever, and forgets who has waited in vain', async () => {
  const { start, started, places } = bench({ running: 1, waiting: 8, waitMs: 100 });
  const first = start('a');
  await expect(start('b').done).rejects.toThrow(unavailable);
  first.finish();
  await first.done;
  expect(await places.run('c', () => Promise.resolve('served'))).toBe('served');
  expect(started).toEqual(['a']);
});

it('frees the place of what failed', async () => {
  const { places } = bench({ running: 1, waiting: 0 });
  await expect(places.run('a', () => Promise.reject(new Error('outage')))).rejects.toThrow('outage');
  expect(await places.run('a', () => Promise.resolve(1))).toBe(1);
});

it('refuses a flood with one error for all', async () => {
  const { places, start } = bench({ running: 1, waiting: 0 });
  const task = start('a');
  expect(places.refusalOf('b')).toBeDefined();
  expect(places.refusalOf('b')).toBe(places.refusalOf('c'));
  task.finish();
  await task.done;
  expect(places.refusalOf('b')).toBeUndefined();
});
