/**
 * Where a session's refresh tokens stand. The newest token has `generation` and `branch`; the one before it has
 * `generation - 1` and `parentBranch`. Everything older is spent.
 */
export interface RefreshChain {
  readonly generation: number;
  readonly branch: number;
  readonly parentBranch: number;
  /** When the newest token was issued. */
  readonly rotatedAtMs: number;
}

/** What a refresh token says of its place in the chain. Its MAC has been checked: no position is given that we did not issue. */
export interface ChainPosition {
  readonly generation: number;
  readonly branch: number;
}

/**
 * What a presented refresh token means:
 * `advance`: it is the newest, issue the next generation.
 * `replay`: it is the one before and its successor is young, so tabs or retries race: give the same successor again.
 * `branch`: it is the one before, and its successor was never used, so the answer got lost: give a new branch of the
 *   successor. The older branch dies with it.
 * `ahead`: we issued it and the store knows nothing of it, as after a fail-over that lost its last changes or a restored copy. Of
 *   all tokens issued since the state that the store fell back to, the first to come leads on, be it the newest or not; only what is
 *   older than that one is spent by it. Of two parties with one each, one is found as `reuse`.
 * `reuse`: it is spent. Two parties hold tokens of this session, and one of them is a thief.
 */
export type Rotation =
  | { readonly kind: 'advance' | 'replay' | 'branch' | 'ahead'; readonly chain: RefreshChain }
  | { readonly kind: 'reuse' };

/** The chain of a session that was just opened. Its first token has no parent, so no branch number fits there. */
export function firstChain(nowMs: number): RefreshChain {
  return { generation: 1, branch: 0, parentBranch: -1, rotatedAtMs: nowMs };
}

/** Decides by the numbers alone; the caller keeps `chain` by compare-and-replace. `graceMs` is the time in which races win. */
export function decideRotation(
  chain: RefreshChain,
  presented: ChainPosition,
  nowMs: number,
  graceMs: number,
): Rotation {
  if (presented.generation === chain.generation && presented.branch === chain.branch) {
    return { kind: 'advance', chain: nextGeneration(presented, nowMs) };
  }
  if (isAhead(presented, chain)) return { kind: 'ahead', chain: nextGeneration(presented, nowMs) };
  // A successor that had been used would itself have a successor, and this token would be two generations old.
  if (presented.generation === chain.generation - 1 && presented.branch === chain.parentBranch) {
    // A clock that stepped back makes the age negative, which counts as young.
    const ageMs = nowMs - chain.rotatedAtMs;
    return ageMs <= graceMs ? { kind: 'replay', chain } : { kind: 'branch', chain: nextBranch(chain, nowMs) };
  }
  return { kind: 'reuse' };
}

function isAhead(presented: ChainPosition, chain: RefreshChain): boolean {
  if (presented.generation !== chain.generation) return presented.generation > chain.generation;
  return presented.branch > chain.branch;
}

function nextGeneration({ generation, branch }: ChainPosition, nowMs: number): RefreshChain {
  return { generation: generation + 1, branch: 0, parentBranch: branch, rotatedAtMs: nowMs };
}

function nextBranch(chain: RefreshChain, nowMs: number): RefreshChain {
  return { ...chain, branch: chain.branch + 1, rotatedAtMs: nowMs };
}
