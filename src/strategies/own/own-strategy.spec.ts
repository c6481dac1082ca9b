import { describeStrategyContract } from '../../../test/contracts/strategy.contract';
import { ClubStrategy, FindingStrategy, rightPassword } from '../../../test/support/own-strategies';
import { RecordingGate } from '../../../test/support/recording-gate';
import { createLogger } from '../../common/logger';
import { noTriesLeft, tryPassword } from '../account-at-risk';
import {
  changesPassword,
  type Credentials,
  isClosable,
  knowsNames,
  type LoginContext,
  rereadsIdentity,
  StrategyUnavailable,
  type Verdict,
} from '../credential-strategy';
import { healthOf } from '../source-health';
import type { Identity } from '../identity';
import { OwnStrategy } from './own-strategy';

const right = { username: 'alice', password: rightPassword };
const context = { requestId: 'request-1', address: '192.0.2.1' };
const lines: string[] = [];
const logger = createLogger('trace', { write: (line: string) => void lines.push(line) });

const outageOf = async (attempt: Promise<unknown>): Promise<StrategyUnavailable> => {
  const outcome: unknown = await attempt.catch((error: unknown) => error);
  if (outcome instanceof StrategyUnavailable) return outcome;
  throw new Error(`no outage but ${JSON.stringify(outcome)}`);
};

describeStrategyContract('a strategy of an embedding application', () => {
  const club = new ClubStrategy();
  const log: string[] = [];
  return {
    strategy: new OwnStrategy(club, {
      logger: createLogger('trace', { write: (line: string) => void log.push(line) }),
    }),
    right,
    otherCase: 'ALICE',
    unknownName: 'nobody',
    breakSource: () => void (club.isDown = true),
    log: () => log.join(''),
    stop: () => undefined,
  };
});

describe('OwnStrategy', () => {
  let club: ClubStrategy;
  let own: OwnStrategy;
  let gate: RecordingGate;

  beforeEach(() => {
    lines.splice(0);
    gate = new RecordingGate();
    club = new ClubStrategy();
    own = new OwnStrategy(club, { logger });
  });

  it('takes a try of the account before the strategy sees a password, whatever it does itself', async () => {
    await own.authenticate(right, gate.context);
    await own.authenticate({ ...right, username: ' Álice', password: 'wrong' }, gate.context);
    club.isDown = true;
    await outageOf(own.authenticate(right, gate.context));
    const key = 'club:alice';
    expect(gate.taken()).toEqual([
      { key, outcome: 'right' },
      { key, outcome: 'wrong' },
      { key, outcome: 'threw' },
    ]);
  });

  it('takes one try where the strategy would take one itself', async () => {
    class GatedStrategy extends ClubStrategy {
      override async authenticate(credentials: Credentials, asked?: LoginContext): Promise<Verdict> {
        const attempt = () => super.authenticate(credentials);
        const verdict = await tryPassword(asked ?? {}, { key: 'club:1' }, attempt, () => 'wrong');
        return verdict ?? { accepted: false, reason: 'invalid_credentials' };
      }
    }
    own = new OwnStrategy(new GatedStrategy(), { logger });
    expect((await own.authenticate(right, gate.context)).accepted).toBe(true);
    expect(gate.taken()).toEqual([{ key: 'club:alice', outcome: 'right' }]);
  });

  it('asks nobody for an account without tries', async () => {
    gate.isShut = true;
    expect(await own.authenticate(right, gate.context)).toEqual({
      accepted: false,
      reason: 'invalid_credentials',
      logReason: noTriesLeft,
    });
    expect(club.asked).toEqual([]);
  });

  it('counts by account where the strategy finds accounts, and unknown names as such', async () => {
    const finding = new FindingStrategy();
    own = new OwnStrategy(finding, { logger });
    await own.authenticate(right, gate.context);
    await own.authenticate({ ...right, username: 'alice@club.example' }, gate.context);
    await own.authenticate({ ...right, username: 'nobody' }, gate.context);
    expect(gate.taken()).toEqual([
      { key: 'club:1', isFound: true, outcome: 'right' },
      { key: 'club:1', isFound: true, outcome: 'wrong' },
      { key: 'club:unknown:nobody', outcome: 'wrong' },
    ]);
    finding.found = 'file:somebody-else';
    await outageOf(own.authenticate(right, gate.context));
    expect(gate.taken()).toEqual([]);
  });

  it.each<[string, Partial<Identity>]>([
    ['another source’s person', { subject: 'file:demo' }],
    ['a subject without an id', { subject: 'club:' }],
    ['another strategy', { strategy: 'file' }],
    ['a control character', { subject: 'club:1\u0000' }],
    ['half a character', { subject: 'club:\ud800' }],
    ['a username of blanks', { username: '  ' }],
    ['a reserved claim', { claims: { sub: 'file:demo' } }],
    ['too much of everything', { groups: ['x'.repeat(70_000)] }],
  ])('lets nobody in with %s', async (_case, change) => {
    club.instead = () => Promise.resolve({ accepted: true, identity: { ...club.alice, ...change } });
    await outageOf(own.authenticate(right, context));
  });

  it('makes an outage of whatever is thrown, and logs neither its message nor a password', async () => {
    club.instead = ({ password }) => Promise.reject(new TypeError(`no row for ${password}`));
    const outage = await outageOf(own.authenticate(right, context));
    expect(outage.code).toBe('SERVICE_UNAVAILABLE');
    expect(String(outage)).not.toContain(rightPassword);
    expect(lines.join('')).toContain('TypeError');
    expect(lines.join('')).not.toContain(rightPassword);
  });

  it('makes an outage of an answer that is none', async () => {
    club.instead = () => Promise.resolve(JSON.parse('{"accepted":true}'));
    await outageOf(own.authenticate(right, context));
  });

  it('gives up an answer that does not come, and asks no more while too many are to come', async () => {
    own = new OwnStrategy(club, { logger, longestAnswerMs: 5 });
    let letGo: () => void = () => undefined;
    const hanging = new Promise<void>((resolve) => (letGo = resolve));
    club.instead = async () => {
      await hanging;
      return { accepted: false, reason: 'invalid_credentials' };
    };
    const attempts = Array.from({ length: 256 }, () => outageOf(own.authenticate(right, context)));
    expect(new Set((await Promise.all(attempts)).map(({ message }) => message))).toEqual(
      new Set(['club: gave no answer in time']),
    );
    expect((await outageOf(own.authenticate(right, context))).message).toMatch(/too many/);
    expect(club.asked).toHaveLength(256);
    letGo();
    await hanging;
    club.instead = undefined;
    own = new OwnStrategy(club, { logger });
    expect((await own.authenticate(right, context)).accepted).toBe(true);
    expect(healthOf(own).status).toBe('up');
  });

  it('has the further powers of the strategy and no others', async () => {
    expect([rereadsIdentity(own), changesPassword(own), knowsNames(own), isClosable(own)]).toEqual([
      false,
      false,
      false,
      true,
    ]);
    await own.close?.();
    expect(club.isClosed).toBe(true);
    const rereading = Object.assign(new ClubStrategy(), {
      reread: (identity: Identity) => Promise.resolve({ ...identity, strategy: 'file' }),
      changePassword: () => Promise.resolve({ changed: true } as const),
      ownName: (typed: string) => (typed === 'alice' ? { account: typed, certain: true } : undefined),
    });
    own = new OwnStrategy(rereading, { logger });
    if (!rereadsIdentity(own) || !changesPassword(own) || !knowsNames(own))
      throw new Error('a power is missing');
    await outageOf(own.reread(rereading.alice));
    expect(await own.changePassword(right, 'eight green kettles', gate.context)).toEqual({ changed: true });
    expect(gate.taken()).toEqual([{ key: 'club:alice', outcome: 'right' }]);
    expect(own.ownName('bob')).toBeUndefined();
  });
});
