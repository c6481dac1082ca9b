import { NameTurns } from './name-turns';

const unavailable = expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' }) as Error;

/** Logins that run until they are told to end. */
function bench({ waiting = 16, waitMs = 60_000 } = {}) {
  const turns = new NameTurns({
    LOCKOUT_MAX_FAILURES: 5,
    LOGIN_MAX_WAITING: waiting,
    LOGIN_MAX_WAIT_MS: waitMs,
  });
  const started: string[] = [];
  let finish: () => void = () => undefined;
  const end = new Promise<void>((resolve) => (finish = resolve));
  const start = (name: string, address = '192.0.2.1'): Promise<void> => {
    const done = turns.run({ name, address }, () => (started.push(`${name} ${address}`), end));
    done.catch(() => undefined);
    return done;
  };
  return { started, start, finish };
}

function many<T>(count: number, one: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => one(n));
}

it('runs as many logins of one name at once as may be tried, and keeps no other name waiting', async () => {
  const { started, start, finish } = bench();
  const logins = many(12, (n) => start('maria', `192.0.2.${n}`));
  logins.push(start('bob'));
  expect(started).toHaveLength(6);
  expect(started.at(-1)).toBe('bob 192.0.2.1');
  finish();
  await Promise.all(logins);
  expect(started).toHaveLength(13);
});

it('lets one address wait with half of LOGIN_MAX_WAITING, and all names together with the whole', async () => {
  const { start, finish } = bench({ waiting: 16 });
  const logins = many(13, () => start('maria'));
  await expect(start('maria')).rejects.toThrow(unavailable);
  logins.push(...many(13, (n) => start('bob', `203.0.113.${n}`)));
  await expect(start('bob', '203.0.113.99')).rejects.toThrow(unavailable);
  await expect(start('maria', '203.0.113.99')).rejects.toThrow(unavailable);
  // Whoever need not wait is not concerned.
  logins.push(start('carol'));
  finish();
  await Promise.all(logins);
});

it('lets nobody wait for ever, and begins anew once all have ended', async () => {
  const { started, start, finish } = bench({ waitMs: 100 });
  const logins = many(5, () => start('maria'));
  await expect(start('maria')).rejects.toThrow(unavailable);
  expect(started).toHaveLength(5);
  finish();
  await Promise.all(logins);
  await Promise.all(many(13, () => start('maria')));
  expect(started).toHaveLength(18);
});
