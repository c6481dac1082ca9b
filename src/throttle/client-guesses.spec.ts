import { FakeClock } from '../../test/support/fake-clock';
import { MemoryStore } from '../stores/memory.store';
import { StoreUnavailable } from '../stores/store';
import { ClientGuesses } from './client-guesses';

const settings = { RATE_LIMIT_AUTH_MAX: 2, RATE_LIMIT_WINDOW_MS: 60_000 };
const tooMany = expect.objectContaining({ code: 'TOO_MANY_REQUESTS' }) as Error;
const here = { clientId: 'api', address: '2001:db8:1:2::7' };

it('bars an address from a client after too many wrong secrets, until the window is over', async () => {
  const clock = new FakeClock();
  const store = new MemoryStore({ clock });
  const guesses = new ClientGuesses(store, clock, settings);
  await guesses.countWrong(here);
  expect(() => guesses.demandLeft(here)).not.toThrow();
  await guesses.countWrong(here);
  expect(() => guesses.demandLeft(here)).toThrow(tooMany);
  expect(() => guesses.demandLeft({ ...here, address: '2001:db8:1:2::8' })).toThrow(tooMany);
  expect(() => guesses.demandLeft({ ...here, address: '2001:db8:1:3::7' })).not.toThrow();
  expect(() => guesses.demandLeft({ ...here, clientId: 'other' })).not.toThrow();
  // Another process over the same store learns of it with the next wrong secret.
  const elsewhere = new ClientGuesses(store, clock, settings);
  await expect(elsewhere.countWrong(here)).rejects.toThrow(tooMany);
  expect(() => elsewhere.demandLeft(here)).toThrow(tooMany);
  clock.advance(60_000);
  expect(() => guesses.demandLeft(here)).not.toThrow();
});

it('says of the last try that it was that one', async () => {
  const clock = new FakeClock();
  const guesses = new ClientGuesses(new MemoryStore({ clock }), clock, settings);
  expect([await guesses.countWrong(here), await guesses.countWrong(here)]).toEqual(['counted', 'barred']);
});

it('counts and bars by itself while the store cannot', async () => {
  const clock = new FakeClock();
  const store = new MemoryStore({ clock });
  const guesses = new ClientGuesses(store, clock, settings);
  const outage = jest.spyOn(store, 'increment').mockRejectedValue(new StoreUnavailable('away'));
  expect([await guesses.countWrong(here), await guesses.countWrong(here)]).toEqual(['counted', 'barred']);
  expect(() => guesses.demandLeft(here)).toThrow(tooMany);
  expect(() => guesses.demandLeft({ ...here, clientId: 'other' })).not.toThrow();
  clock.advance(60_000);
  expect(() => guesses.demandLeft(here)).not.toThrow();
  outage.mockRestore();
  expect(await guesses.countWrong(here)).toBe('counted');
});
