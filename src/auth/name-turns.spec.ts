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
  const start = (name: string, address = '192.0.2.1', isKnown = false): Promise<void> => {
    const done = turns.run({ name, isKnown, address }, () => (started.push(`${name} ${address}`), end));
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

it('lets half of LOGIN_MAX_WAITING wait at one name, and the whole at all names together', async () => {
  const { start, finish } = bench({ waiting: 16 });
  const logins = many(13, () => start('maria'));
  await expect(start('maria', '203.0.113.99')).rejects.toThrow(unavailable);
  logins.push(...many(13, (n) => start('bob', `203.0.113.${n}`)));
  logins.push(...many(5, () => start('dave')));
  await expect(start('dave')).rejects.toThrow(unavailable);
  // Whoever need not wait is not concerned.
  logins.push(start('carol'));
  finish();
  await Promise.all(logins);
});

it('counts nobody as waiting whose turn has come', async () => {
  const settings = { LOCKOUT_MAX_FAILURES: 1, LOGIN_MAX_WAITING: 2, LOGIN_MAX_WAIT_MS: 60_000 };
  const turns = new NameTurns(settings);
  const ends: (() => void)[] = [];
  const start = (name: string): Promise<void> =>
    turns.run({ name, isKnown: false, address: '192.0.2.1' }, () => new Promise((end) => ends.push(end)));
  const logins = ['maria', 'maria', 'bob', 'bob'].map(start);
  ends.splice(0).forEach((end) => end());
  await Promise.all([logins[0], logins[2]]);
  logins.push(start('carol'), start('carol'));
  for (const login of logins) {
    ends.splice(0).forEach((end) => end());
    await login;
  }
});

it('has turns for devices that are known, which strangers cannot take', async () => {
  const { started, start, finish } = bench();
  const logins = many(12, (n) => start('maria', `192.0.2.${n}`));
  logins.push(start('maria', '203.0.113.1', true));
  expect(started.at(-1)).toBe('maria 203.0.113.1');
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
