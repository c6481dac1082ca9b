import { type ChainPosition, decideRotation, firstChain, type RefreshChain } from './rotation';

const graceMs = 30_000;

/** How far the clock moves before a step: within the grace window, past it, and back, as after a time server's correction. */
const clockSteps = [1_000, graceMs + 1, -60_000] as const;
const tabs = ['first tab', 'second tab'] as const;
type Tab = (typeof tabs)[number];

/** What the browser and its two tabs know. The tabs share one cookie jar; a request carries what the jar held when it was sent. */
interface Browser {
  readonly jar: ChainPosition;
  readonly inFlight: Readonly<Partial<Record<Tab, ChainPosition>>>;
}

interface World {
  readonly chain: RefreshChain;
  readonly nowMs: number;
  readonly browser: Browser;
}

function positionOf({ generation, branch }: RefreshChain): ChainPosition {
  return { generation, branch };
}

const login: World = {
  chain: firstChain(0),
  nowMs: 0,
  browser: { jar: positionOf(firstChain(0)), inFlight: {} },
};

/** A request arrives; its answer reaches the jar or gets lost. Undefined when it is refused. */
function arrive(world: World, tab: Tab, isLost: boolean): World | undefined {
  const presented = world.browser.inFlight[tab];
  if (!presented) return world;
  const rotation = decideRotation(world.chain, presented, world.nowMs, graceMs);
  if (rotation.kind === 'reuse') return undefined;
  const inFlight = { ...world.browser.inFlight, [tab]: undefined };
  const jar = isLost ? world.browser.jar : positionOf(rotation.chain);
  return { ...world, chain: rotation.chain, browser: { jar, inFlight } };
}

function send(world: World, tab: Tab): World {
  const { jar, inFlight } = world.browser;
  return { ...world, browser: { jar, inFlight: { ...inFlight, [tab]: jar } } };
}

/**
 * Everything that two honest tabs can do next. A request takes part of a second, so it is overtaken by at most one other, and the
 * clock moves only while nothing is on the way.
 */
function honestSteps(world: World): readonly (World | undefined)[] {
  const [one, other] = tabs;
  const alone = tabs.flatMap((tab) => [false, true].map((isLost) => arrive(send(world, tab), tab, isLost)));
  const together = [false, true].flatMap((firstIsLost) =>
    [false, true].map((secondIsLost) => {
      const after = arrive(send(send(world, one), other), one, firstIsLost);
      return after && arrive(after, other, secondIsLost);
    }),
  );
  return [...alone, ...together];
}

function afterSteps(world: World): readonly World[] {
  return clockSteps.map((step) => ({ ...world, nowMs: world.nowMs + step }));
}

describe('two honest tabs, in every order of five rounds', () => {
  it('are never refused, whatever overtakes, gets lost, or happens to the clock', () => {
    let rounds = 0;
    const visit = (world: World, depth: number): void => {
      rounds++;
      if (depth === 0) return;
      for (const timed of afterSteps(world)) {
        for (const next of honestSteps(timed)) {
          if (!next) throw new Error(`refused: ${JSON.stringify(timed)}`);
          visit(next, depth - 1);
        }
      }
    };
    visit(login, 4);
    expect(rounds).toBeGreaterThan(300_000);
  });
});

/** Somebody who holds a copy of a token: the owner's browser, or a thief. */
interface Party {
  readonly held: ChainPosition;
  /** Rotations passed since the theft: how often they got a token that they did not have. */
  readonly passed: number;
}

interface Theft {
  readonly chain: RefreshChain;
  readonly nowMs: number;
  readonly owner: Party;
  readonly thief: Party;
}

/** Undefined when the session ends there. */
function present(theft: Theft, who: 'owner' | 'thief', isLost: boolean): Theft | undefined {
  const party = theft[who];
  const rotation = decideRotation(theft.chain, party.held, theft.nowMs, graceMs);
  if (rotation.kind === 'reuse') return undefined;
  const got = positionOf(rotation.chain);
  const moved = isLost ? party : { held: got, passed: party.passed + 1 };
  return { ...theft, chain: rotation.chain, [who]: moved };
}

/** Three ways in which a token can be stolen: just issued, already refreshed with by its owner, and after a lost answer. */
function thefts(): readonly Theft[] {
  const first = firstChain(0);
  const stolen = positionOf(first);
  const start: Theft = {
    ...{ chain: first, nowMs: 0 },
    ...{ owner: { held: stolen, passed: 0 }, thief: { held: stolen, passed: 0 } },
  };
  const refreshed = present(start, 'owner', false);
  const lost = present(start, 'owner', true);
  return [start, refreshed, lost].filter((theft) => theft !== undefined);
}

function bothPass(waits: readonly number[], depth: number): boolean {
  const visit = (theft: Theft, left: number): boolean => {
    if (theft.owner.passed >= 2 && theft.thief.passed >= 2) return true;
    if (left === 0) return false;
    return waits.some((wait) =>
      (['owner', 'thief'] as const).some((who) =>
        [false, true].some((isLost) => {
          const next = present({ ...theft, nowMs: theft.nowMs + wait }, who, isLost);
          return next !== undefined && visit(next, left - 1);
        }),
      ),
    );
  };
  return thefts().some((theft) => visit(theft, depth));
}

describe('a thief and the owner, in every order of eight presentations', () => {
  it('cannot both pass two further rotations, as long as they are a grace window apart', () => {
    expect(bothPass([graceMs + 1], 8)).toBe(false);
  });

  it('cannot with a grace window of no time at all, which is REFRESH_GRACE_SECONDS=0', () => {
    const visit = (chain: RefreshChain, held: readonly ChainPosition[], nowMs: number): void => {
      for (const presented of held) {
        const rotation = decideRotation(chain, presented, nowMs, 0);
        expect(rotation.kind).not.toBe('replay');
      }
    };
    const second = decideRotation(firstChain(0), firstChain(0), 0, 0);
    if (second.kind === 'reuse') throw new Error('refused');
    visit(second.chain, [firstChain(0), second.chain], 1);
  });

  it('can if the thief comes within the grace window of the owner every time: that is what a second tab looks like', () => {
    expect(bothPass([1_000], 4)).toBe(true);
  });
});
