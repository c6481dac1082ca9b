import { setImmediate as turn } from 'node:timers/promises';
import { LinesOfTurn } from './lines-of-turn';

function newTarget() {
  const written: string[] = [];
  const target = { write: (lines: string) => void written.push(lines), flushSync: jest.fn() };
  return { written, target, lines: new LinesOfTurn(target) };
}

describe('LinesOfTurn', () => {
  it('hands on what was written in one turn at once, in its order', async () => {
    const { written, lines } = newTarget();
    lines.write('one\n');
    await Promise.resolve();
    lines.write('two\n');
    expect(written).toEqual([]);
    await turn();
    expect(written).toEqual(['one\ntwo\n']);
    lines.write('three\n');
    await turn();
    await turn();
    expect(written).toEqual(['one\ntwo\n', 'three\n']);
  });

  it('writes what waits at the end of the process, once', async () => {
    const { written, target, lines } = newTarget();
    lines.write('last\n');
    lines.end();
    expect(written).toEqual(['last\n']);
    expect(target.flushSync).toHaveBeenCalledTimes(1);
    lines.write('after it\n');
    expect(written).toEqual(['last\n', 'after it\n']);
    expect(target.flushSync).toHaveBeenCalledTimes(2);
    await turn();
    expect(written).toEqual(['last\n', 'after it\n']);
  });

  it('writes what waits when it is asked to, and goes on', async () => {
    const { written, target, lines } = newTarget();
    lines.write('urgent\n');
    lines.flushSync();
    expect([written, target.flushSync.mock.calls.length]).toEqual([['urgent\n'], 1]);
    lines.write('later\n');
    expect(written).toEqual(['urgent\n']);
    await turn();
    expect(written).toEqual(['urgent\n', 'later\n']);
  });
});
