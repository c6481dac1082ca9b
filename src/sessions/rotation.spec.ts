import fc from 'fast-check';
import { type ChainPosition, decideRotation, firstChain, type RefreshChain } from './rotation';

const graceMs = 30_000;

function advanced(chain: RefreshChain, presented: ChainPosition, nowMs: number): RefreshChain {
  const rotation = decideRotation(chain, presented, nowMs, graceMs);
  if (rotation.kind === 'reuse') throw new Error('refused');
  return rotation.chain;
}

describe('decideRotation', () => {
  const first = firstChain(0);
  const second = advanced(first, first, 1_000);

  it('advances on the newest token', () => {
    expect(decideRotation(first, first, 1_000, graceMs)).toEqual({
      kind: 'advance',
      chain: { generation: 2, branch: 0, parentBranch: 0, rotatedAtMs: 1_000 },
    });
  });

  it('replays the same successor until the grace window has passed, to the millisecond', () => {
    expect(decideRotation(second, first, 1_000 + graceMs, graceMs)).toEqual({
      kind: 'replay',
      chain: second,
    });
    expect(decideRotation(second, first, 1_001 + graceMs, graceMs).kind).toBe('branch');
  });

  it('replays when the clock has stepped back', () => {
    expect(decideRotation(second, first, -60_000, graceMs).kind).toBe('replay');
  });

  it('gives a new branch when the answer got lost, and lets the older branch die', () => {
    const branched = advanced(second, first, 100_000);
    expect(branched).toEqual({ generation: 2, branch: 1, parentBranch: 0, rotatedAtMs: 100_000 });
    expect(decideRotation(branched, second, 100_001, graceMs).kind).toBe('reuse');
    expect(decideRotation(branched, branched, 100_001, graceMs).kind).toBe('advance');
    expect(decideRotation(branched, first, 100_001, graceMs)).toEqual({ kind: 'replay', chain: branched });
  });

  it('takes the first token of a session for nobody’s successor', () => {
    expect(decideRotation(first, { generation: 0, branch: 0 }, 1, graceMs).kind).toBe('reuse');
  });

  it('takes every older token, dead branch and future position for reuse', () => {
    const position = fc.record({ generation: fc.nat(6), branch: fc.nat(3) });
    const chainOf = fc.record({
      generation: fc.integer({ min: 1, max: 6 }),
      branch: fc.nat(3),
      parentBranch: fc.integer({ min: -1, max: 3 }),
      rotatedAtMs: fc.constant(0),
    });
    fc.assert(
      fc.property(chainOf, position, fc.nat(100_000), (chain, presented, nowMs) => {
        const newest = presented.generation === chain.generation && presented.branch === chain.branch;
        const parent =
          presented.generation === chain.generation - 1 && presented.branch === chain.parentBranch;
        expect(decideRotation(chain, presented, nowMs, graceMs).kind === 'reuse').toBe(!newest && !parent);
      }),
    );
  });

  it('never refuses a client that presents the newest token it has received, however many answers get lost', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ lost: fc.boolean(), waitMs: fc.nat(120_000) }), { maxLength: 40 }),
        (steps) => {
          let chain = firstChain(0);
          let held: ChainPosition = chain;
          let nowMs = 0;
          for (const { lost, waitMs } of steps) {
            nowMs += waitMs;
            chain = advanced(chain, held, nowMs);
            if (!lost) held = { generation: chain.generation, branch: chain.branch };
          }
        },
      ),
    );
  });
});
