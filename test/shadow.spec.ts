import { createLogger } from '../src/common/logger';
import { ConfigurationError } from '../src/config/load-settings';
import {
  CredentialStrategy,
  type FoundPerson,
  type LooksUpPeople,
  looksUpPeople,
  StrategyUnavailable,
  type Verdict,
} from '../src/strategies/credential-strategy';
import type { Identity } from '../src/strategies/identity';
import { Shadow, shadowOf } from '../src/strategies/shadow';
import { type Slapd, startSlapd } from './servers/slapd';
import { FakeClock } from './support/fake-clock';
import { eventually, ldapStrategy } from './support/ldap-logins';

let slapd: Slapd;

beforeAll(async () => {
  slapd = await startSlapd();
});
afterAll(() => slapd?.remove());

interface Line {
  readonly msg: string;
  readonly [field: string]: unknown;
}

interface Bench {
  readonly shadow: Shadow;
  readonly clock: FakeClock;
  readonly lines: () => readonly Line[];
  /** The lines that say how the comparison goes. */
  readonly totals: () => readonly Line[];
  readonly log: () => string;
}

function benchOn(strategy: CredentialStrategy & LooksUpPeople, isOwner = false): Bench {
  const written: string[] = [];
  const logger = createLogger('trace', { write: (line) => void written.push(line) });
  const clock = new FakeClock();
  return {
    shadow: new Shadow({ strategy, logger, clock, isOwner }),
    clock,
    lines: () => linesOf(written).filter(({ msg }) => !isTotals(msg)),
    totals: () => linesOf(written).filter(({ msg }) => isTotals(msg)),
    log: () => written.join(''),
  };
}

function linesOf(written: readonly string[]): Line[] {
  return written.map((line): Line => ({ msg: '', ...parsedObject(line) }));
}

function isTotals(message: string): boolean {
  return message.startsWith('So the comparison');
}

function parsedObject(line: string): object {
  const parsed: unknown = JSON.parse(line);
  return typeof parsed === 'object' && parsed !== null ? parsed : {};
}

const roleMap = JSON.stringify({ engineers: ['engineer'] });

function second(env: Record<string, string | undefined> = {}): CredentialStrategy & LooksUpPeople {
  const ldap = ldapStrategy({ ...slapd.variables, LDAP_ROLES: roleMap, ...env });
  if (!looksUpPeople(ldap)) throw new Error('This strategy cannot look people up');
  return ldap;
}

/** Somebody as the first source describes them. */
function accepted(username: string, change: Partial<Identity> = {}): Identity {
  return {
    subject: `external:${username}-id`,
    username,
    groups: [],
    roles: [],
    attributes: {},
    strategy: 'external',
    ...change,
  };
}

const alice = accepted('alice', { email: 'ALICE@example.org', roles: ['engineer'] });
const none = { compared: 0, equal: 0, missing: 0, barred: 0, email: 0, roles: 0, dropped: 0, failed: 0 };

describe('a shadow in a real directory', () => {
  it('counts and logs who is missing and who differs, and binds nobody but the service account', async () => {
    const { shadow, lines, log } = benchOn(second());
    const alreadyLogged = slapd.log().length;
    const pairs: [Identity, string][] = [
      [alice, 'Alice '],
      [accepted('maria'), 'maria'],
      [{ ...alice, email: 'canary@example.org' }, 'alice'],
      [{ ...alice, roles: ['engineer', 'judge'] }, 'alice'],
      [accepted('bob', { email: 'canary@example.org', roles: ['x'] }), 'bob'],
    ];
    for (const [index, [identity, username]] of pairs.entries()) {
      shadow.compare({ identity, username });
      await eventually(() => shadow.counts().compared === index + 1, 20_000);
    }
    expect(shadow.counts()).toEqual({ ...none, compared: 5, equal: 1, missing: 1, email: 2, roles: 2 });
    const byKind = lines().map(({ username, differences, onlyInFirst, onlyInSecond }) => ({
      username,
      differences,
      onlyInFirst,
      onlyInSecond,
    }));
    expect(byKind).toEqual([
      { username: 'maria', differences: ['missing'] },
      { username: 'alice', differences: ['email'] },
      { username: 'alice', differences: ['roles'], onlyInFirst: ['judge'], onlyInSecond: [] },
      { username: 'bob', differences: ['email', 'roles'], onlyInFirst: ['x'], onlyInSecond: [] },
    ]);
    expect(lines().at(-1)).toMatchObject({
      strategy: 'external',
      shadow: 'ldap',
      subject: 'external:bob-id',
      totals: { compared: 5, equal: 1, missing: 1, email: 2, roles: 2 },
    });
    expect(log()).not.toMatch(/canary|alice@example\.org/i);
    const binds = [
      ...slapd
        .log()
        .slice(alreadyLogged)
        .matchAll(/BIND dn="([^"]*)" method=128/g),
    ];
    expect(new Set(binds.map(([, dn]) => dn))).toEqual(new Set([slapd.bindDn]));
    await shadow.close();
  });

  it('survives an outage, which it counts and logs once a minute', async () => {
    const { shadow, lines, clock } = benchOn(second());
    const compare = async (failures: number) => {
      shadow.compare({ identity: alice, username: 'alice' });
      await eventually(() => shadow.counts().failed === failures, 20_000);
    };
    await slapd.stop();
    try {
      await compare(1);
      await compare(2);
      clock.advance(59_999);
      await compare(3);
      expect(lines()).toHaveLength(1);
      expect(lines()[0]).toMatchObject({ shadow: 'ldap', totals: { failed: 1 } });
      clock.advance(1);
      await compare(4);
      expect(lines()).toHaveLength(2);
    } finally {
      await slapd.start();
    }
    await eventually(() => {
      shadow.compare({ identity: alice, username: 'alice' });
      return shadow.counts().equal > 0;
    }, 20_000);
    await shadow.close();
  }, 60_000);

  it('is bounded, and delays nobody while the directory hangs', async () => {
    const ldap = second({ LDAP_OPERATION_TIMEOUT_MS: '30000', LDAP_LOGIN_TIMEOUT_MS: '60000' });
    await ldap.lookUp('alice');
    const { shadow } = benchOn(ldap);
    const searchesBefore = slapd.countInLog(' SRCH base=');
    slapd.pause();
    try {
      const startMs = performance.now();
      for (let count = 0; count < 150; count += 1) shadow.compare({ identity: alice, username: 'alice' });
      // What 150 look-ups one after the other would need is far more: each one waits for the directory.
      expect(performance.now() - startMs).toBeLessThan(1000);
      await eventually(() => shadow.counts().dropped === 48);
      expect(shadow.counts()).toEqual({ ...none, dropped: 48 });
    } finally {
      slapd.resume();
    }
    await eventually(() => shadow.counts().compared === 102, 20_000);
    expect(shadow.counts()).toEqual({ ...none, compared: 102, equal: 102, dropped: 48 });
    // The log of the directory comes through a pipe, after its answers.
    await eventually(() => slapd.countInLog(' SRCH base=') >= searchesBefore + 102);
    await shadow.close();
  }, 60_000);
});

/** A second source whose answers come when the test says so. */
class GatedSource extends CredentialStrategy implements LooksUpPeople {
  readonly name = 'ldap';
  readonly asked: string[] = [];
  running = 0;
  mostRunning = 0;
  closed = 0;
  private readonly answers: (() => void)[] = [];

  authenticate(): Promise<Verdict> {
    throw new Error('A shadow must never try a password');
  }

  async lookUp(username: string): Promise<FoundPerson | undefined> {
    this.asked.push(username);
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    await new Promise<void>((resolve) => this.answers.push(resolve));
    this.running -= 1;
    if (username === 'broken') throw new StrategyUnavailable('ldap', 'down');
    return undefined;
  }

  answer(): void {
    this.answers.shift()?.();
  }

  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }
}

/** A second source that always says the same. */
class SteadySource extends CredentialStrategy implements LooksUpPeople {
  readonly name = 'ldap';

  constructor(private readonly found: FoundPerson) {
    super();
  }

  authenticate(): Promise<Verdict> {
    throw new Error('A shadow must never try a password');
  }

  lookUp(): Promise<FoundPerson> {
    return Promise.resolve(this.found);
  }
}

describe('a shadow on a steady source', () => {
  it('says from time to time how it goes, also when nobody differs', async () => {
    const { shadow, totals, clock } = benchOn(new SteadySource({ identity: alice, isBarred: false }));
    const compare = async (equal: number) => {
      shadow.compare({ identity: alice, username: 'alice' });
      await eventually(() => shadow.counts().equal === equal);
    };
    await compare(1);
    clock.advance(599_999);
    await compare(2);
    expect(totals()).toMatchObject([{ shadow: 'ldap', totals: { compared: 1, equal: 1 } }]);
    clock.advance(1);
    await compare(3);
    expect(totals()[1]).toMatchObject({ totals: { compared: 3, equal: 3 } });
  });

  it('counts somebody whom the second source would refuse', async () => {
    const { shadow, lines } = benchOn(new SteadySource({ identity: alice, isBarred: true }));
    shadow.compare({ identity: alice, username: 'alice' });
    await eventually(() => shadow.counts().barred === 1);
    expect(shadow.counts()).toEqual({ ...none, compared: 1, barred: 1 });
    expect(lines()).toMatchObject([{ username: 'alice', differences: ['barred'] }]);
  });
});

describe('a shadow on a slow source', () => {
  it('looks two people up at a time, in order', async () => {
    const source = new GatedSource();
    const { shadow } = benchOn(source);
    for (const name of ['a', 'b', 'broken', 'd']) shadow.compare({ identity: alice, username: name });
    await eventually(() => source.asked.length === 2);
    source.answer();
    await eventually(() => source.asked.length === 3);
    for (const answered of [1, 2, 3]) {
      await eventually(() => source.running > 0);
      source.answer();
      await eventually(() => shadow.counts().missing + shadow.counts().failed > answered);
    }
    expect(source.asked).toEqual(['a', 'b', 'broken', 'd']);
    expect(source.mostRunning).toBe(2);
    expect(shadow.counts()).toEqual({ ...none, compared: 3, missing: 3, failed: 1 });
  });

  it('waits at its end for those who are looked up, drops the others, and says the totals', async () => {
    const source = new GatedSource();
    const { shadow, lines } = benchOn(source, true);
    for (const name of ['a', 'b', 'c', 'd', 'e']) shadow.compare({ identity: alice, username: name });
    await eventually(() => source.asked.length === 2);
    let isClosed = false;
    const closing = shadow.close().then(() => (isClosed = true));
    source.answer();
    await eventually(() => shadow.counts().dropped === 3);
    expect({ isClosed, closed: source.closed }).toEqual({ isClosed: false, closed: 0 });
    source.answer();
    await closing;
    await shadow.close();
    shadow.compare({ identity: alice, username: 'late' });
    await eventually(() => shadow.counts().dropped === 4);
    expect(source.asked).toEqual(['a', 'b']);
    expect(source.closed).toBe(1);
    expect(lines().filter(({ msg }) => msg.includes('ends'))).toMatchObject([
      { level: 30, shadow: 'ldap', totals: { compared: 2, missing: 2, dropped: 3 } },
    ]);
  });

  it('closes no source that others use', async () => {
    const source = new GatedSource();
    await benchOn(source).shadow.close();
    expect(source.closed).toBe(0);
  });
});

describe('EXTERNAL_AUTH_SHADOW', () => {
  const parts = { logger: createLogger('silent'), clock: new FakeClock() };
  const makeNone = (): CredentialStrategy => {
    throw new Error('must not be made');
  };

  it('asks for none when it is absent', () => {
    expect(
      shadowOf({ EXTERNAL_AUTH_SHADOW: undefined }, [new GatedSource()], { ...parts, make: makeNone }),
    ).toBeUndefined();
  });

  it('uses the instance in STRATEGIES, else one that it closes itself', async () => {
    const shared = new GatedSource();
    const settings = { EXTERNAL_AUTH_SHADOW: 'ldap' };
    await shadowOf(settings, [shared], { ...parts, make: makeNone })?.close();
    expect(shared.closed).toBe(0);
    const own = new GatedSource();
    const shadow = shadowOf(settings, [], { ...parts, make: () => own });
    expect(shadow?.strategyName).toBe('ldap');
    await shadow?.close();
    expect(own.closed).toBe(1);
  });

  it('is refused for a directory that nobody can search', () => {
    const env = { LDAP_URL: slapd.url, LDAP_DOMAIN: 'example.org' };
    const make = () => ldapStrategy({ ...env, LDAP_BIND_MODE: 'upn' });
    const shadow = () => shadowOf({ EXTERNAL_AUTH_SHADOW: 'ldap' }, [], { ...parts, make });
    expect(shadow).toThrow(ConfigurationError);
    expect(shadow).toThrow(/EXTERNAL_AUTH_SHADOW: ldap cannot look people up/);
  });
});
