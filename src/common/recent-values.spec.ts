import { RecentValues } from './recent-values';

const byLength = (text: string): number => text.length;

describe('RecentValues', () => {
  it('gives what was kept, and the newest of one key', () => {
    const recent = new RecentValues({ mostValues: 10, mostWeight: 100 }, byLength);
    recent.keep('a', 'old');
    recent.keep('a', 'new');
    expect(recent.find('a')).toBe('new');
    expect(recent.find('b')).toBeUndefined();
    expect(recent.size).toBe(1);
    recent.forget('a');
    expect(recent.find('a')).toBeUndefined();
  });

  it('never keeps more values than it may, however many come', () => {
    const recent = new RecentValues({ mostValues: 100, mostWeight: 1e6 }, byLength);
    for (let each = 0; each < 10_000; each++) {
      recent.keep(`key-${each}`, 'value');
      expect(recent.size).toBeLessThanOrEqual(100);
    }
    expect(recent.find('key-9999')).toBe('value');
    expect(recent.find('key-0')).toBeUndefined();
  });

  it('never keeps more weight than it may, and nothing that is too heavy by itself', () => {
    const recent = new RecentValues({ mostValues: 1000, mostWeight: 100 }, byLength);
    for (let each = 0; each < 50; each++) recent.keep(`key-${each}`, 'x'.repeat(10));
    expect(recent.size).toBeLessThanOrEqual(10);
    recent.keep('key-49', 'x'.repeat(51));
    expect(recent.find('key-49')).toBeUndefined();
  });

  it('keeps what is used while others come and go', () => {
    const recent = new RecentValues({ mostValues: 10, mostWeight: 1e6 }, byLength);
    recent.keep('used', 'value');
    for (let each = 0; each < 100; each++) {
      recent.keep(`key-${each}`, 'value');
      expect(recent.find('used')).toBe('value');
    }
  });

  it('counts the weight of a value that is replaced only once', () => {
    const recent = new RecentValues({ mostValues: 10, mostWeight: 20 }, byLength);
    recent.keep('other', 'other');
    for (let each = 0; each < 100; each++) recent.keep('same', 'value');
    expect(recent.find('other')).toBe('other');
  });
});
