import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { WritesOfTurn } from './writes-of-turn';

/** A stream that tells in which pieces it was given what. */
function newStream(): { readonly pieces: string[]; readonly stream: Writable } {
  const pieces: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => (pieces.push(chunk.toString()), done()),
    writev: (chunks, done) => (pieces.push(chunks.map(({ chunk }) => String(chunk)).join('')), done()),
  });
  return { pieces, stream };
}

describe('WritesOfTurn', () => {
  it('sends what is written in one turn in one piece, turn by turn', async () => {
    const { pieces, stream } = newStream();
    const writes = new WritesOfTurn();
    for (const text of ['a', 'b']) {
      writes.gather(stream);
      stream.write(text);
      await Promise.resolve();
    }
    expect(pieces).toEqual([]);
    await turn();
    expect(pieces).toEqual(['ab']);
    writes.gather(stream);
    stream.write('c');
    await turn();
    expect(pieces).toEqual(['ab', 'c']);
  });

  it('holds up no stream that takes the place of another within the turn', async () => {
    const [first, second] = [newStream(), newStream()];
    const writes = new WritesOfTurn();
    for (const { stream } of [first, second, first]) {
      writes.gather(stream);
      stream.write('x');
    }
    await turn();
    await turn();
    expect([first.pieces.join(''), second.pieces.join('')]).toEqual(['xx', 'x']);
    first.stream.write('y');
    expect(first.pieces.join('')).toBe('xxy');
  });

  it('is fine without a stream', () => {
    expect(() => new WritesOfTurn().gather(undefined)).not.toThrow();
  });
});
