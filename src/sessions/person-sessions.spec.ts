import { FakeClock } from '../../test/support/fake-clock';
import { MemoryStore } from '../stores/memory.store';
import { longestValueBytes } from '../stores/store';
import { type ListedSession, mostListed, PersonSessions } from './person-sessions';

const day = 24 * 60 * 60 * 1000;

describe('the list of a person', () => {
  it('never grows past what a record holds: the oldest entry makes room for the newest', async () => {
    const clock = new FakeClock();
    const store = new MemoryStore({ clock });
    const people = new PersonSessions(store, clock);
    const nowMs = clock.nowMs();
    const entry = (n: number): ListedSession => ({
      ...{ id: String(n).padStart(22, '0'), openedAtMs: nowMs, absoluteEndMs: nowMs + day },
    });
    await people.add('file:1', entry(0));
    const [key = ''] = (await people.keys(undefined, 10)).keys;
    const full = JSON.stringify(Array.from({ length: mostListed }, (_, n) => entry(n)));
    const version = (await store.read(key))?.version ?? 0;
    expect(await store.replace(key, version, full, nowMs + day)).toBe(true);
    const listed = await people.add('file:1', entry(mostListed));
    expect(listed).toHaveLength(mostListed);
    expect([listed[0], listed.at(-1)]).toEqual([entry(1), entry(mostListed)]);
    const bytes = Buffer.byteLength((await store.read(key))?.value ?? '');
    expect(bytes).toBeLessThan(longestValueBytes);
  });
});
