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

  it('goes on from a token of ours that is newer than the store, which has lost changes', () => {
    const third = advanced(second, second, 2_000);
    expect(decideRotation(first, third, 3_000, graceMs)).toEqual({
      kind: 'ahead',
      chain: { generation: 4, branch: 0, parentBranch: 0, rotatedAtMs: 3_000 },
    });
    const branched = advanced(second, first, 100_000);
    expect(decideRotation(second, branched, 100_001, graceMs)).toEqual({
      kind: 'ahead',
      chain: { generation: 3, branch: 0, parentBranch: 1, rotatedAtMs: 100_001 },
    });
  });

  it('replays that successor to whoever races for it, and takes what is older for reuse', () => {
    const third = advanced(second, second, 2_000);
    const fourth = advanced(first, third, 3_000);
    expect(decideRotation(fourth, third, 3_001, graceMs)).toEqual({ kind: 'replay', chain: fourth });
    expect(decideRotation(fourth, second, 3_001, graceMs).kind).toBe('reuse');
  });

  it('takes every older token and dead branch for reuse, and nothing else', () => {
    const position = fc.record({ generation: fc.nat(6), branch: fc.nat(3) });
    const chainOf = fc.record({
      generation: fc.integer({ min: 1, max: 6 }),
      branch: fc.nat(3),
      parentBranch: fc.integer({ min: -1, max: 3 }),
      rotatedAtMs: fc.constant(0),
    });
    fc.assert(
      fc.property(chainOf, position, fc.nat(100_000), (chain, presented, nowMs) => {
        const isDead = presented.generation === chain.generation && presented.branch < chain.branch;
        const isParent =
          presented.generation === chain.generation - 1 && presented.branch === chain.parentBranch;
        const isSpent = presented.generation < chain.generation && !isParent;
        expect(decideRotation(chain, presented, nowMs, graceMs).kind === 'reuse').toBe(isDead || isSpent);
      }),
    );
  });

  it('never refuses a client that presents the newest token it has received, whatever the store forgets', () => {
    const step = fc.record({ forgets: fc.nat(5), waitMs: fc.nat(120_000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const kept = [firstChain(0)];
        let held: ChainPosition = firstChain(0);
        let nowMs = 0;
        for (const { forgets, waitMs } of steps) {
          nowMs += waitMs;
          const last = kept[Math.max(0, kept.length - 1 - forgets)] ?? firstChain(0);
          const chain = advanced(last, held, nowMs);
          held = { generation: chain.generation, branch: chain.branch };
          kept.push(chain);
        }
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
