import {
  authenticatesByDn,
  type Credentials,
  type CredentialStrategy,
  type LoginContext,
  readsEntries,
  StrategyUnavailable,
  type Verdict,
} from '../../src/strategies/credential-strategy';
import type { Identity } from '../../src/strategies/identity';
import { healthOf, reportsHealth } from '../../src/strategies/source-health';

/** One strategy with a source that knows one person. */
export interface StrategyFixture {
  readonly strategy: CredentialStrategy;
  /** Accepted by the source. */
  readonly right: Credentials;
  /** The same person's name in other letters, where the source ignores case. */
  readonly otherCase?: string;
  /** A name that the source does not know. */
  readonly unknownName: string;
  /** DNs, where the source can authenticate by them: the person's in two spellings, of nobody, and outside of the source. */
  readonly dns?: {
    readonly own: string;
    readonly otherSpelling: string;
    readonly unknown: string;
    readonly outside: string;
  };
  /** Makes the source unable to answer; nothing has to work afterwards. Left out where a source cannot break. */
  readonly breakSource?: () => void | Promise<void>;
  /** Every log line so far, at the finest level. */
  readonly log: () => string;
  readonly stop: () => void | Promise<void>;
}

const context: LoginContext = { requestId: 'contract-request', address: '192.0.2.1' };
const wrongPassword = 'canary-of-a-wrong-password';

/** What every strategy must do, whatever its source. Each test gets a fixture of its own. */
export function describeStrategyContract(
  name: string,
  makeFixture: () => StrategyFixture | Promise<StrategyFixture>,
): void {
  describe(`${name} keeps the strategy contract`, () => {
    let fixture: StrategyFixture;

    beforeEach(async () => {
      fixture = await makeFixture();
    });

    afterEach(async () => {
      await fixture.stop();
    });

    const login = (change: Partial<Credentials> = {}): Promise<Verdict> =>
      fixture.strategy.authenticate({ ...fixture.right, ...change }, context);

    const identityFor = async (change: Partial<Credentials> = {}): Promise<Identity> => {
      const verdict = await login(change);
      if (!verdict.accepted) throw new Error(`refused: ${verdict.reason}`);
      return verdict.identity;
    };

    it('accepts the right password and describes the person', async () => {
      const identity = await identityFor();
      expect(identity.strategy).toBe(fixture.strategy.name);
      expect(identity.subject).toMatch(new RegExp(`^${fixture.strategy.name}:.+`));
      expect(identity.username).toMatch(/^\S.*$/);
      expect(Array.isArray(identity.groups)).toBe(true);
      expect(Array.isArray(identity.roles)).toBe(true);
      expect(typeof identity.attributes).toBe('object');
      // Sessions keep identities as JSON.
      expect(JSON.parse(JSON.stringify(identity))).toEqual(identity);
    });

    it('gives the same subject at every login', async () => {
      const first = await identityFor();
      expect(await identityFor()).toEqual(first);
    });

    it('gives the same person for other letters, where the source ignores case', async () => {
      if (fixture.otherCase === undefined) return;
      const other = await identityFor({ username: fixture.otherCase });
      expect(other).toEqual(await identityFor());
    });

    it('refuses a wrong password and an unknown name alike', async () => {
      const wrong = await login({ password: wrongPassword });
      const unknown = await login({ username: fixture.unknownName });
      expect(wrong).toEqual({ accepted: false, reason: 'invalid_credentials' });
      expect(unknown).toEqual(wrong);
    });

    it('compares the password exactly', async () => {
      const { password } = fixture.right;
      for (const near of [` ${password}`, `${password} `, password.toUpperCase(), password.slice(0, -1)]) {
        expect(await login({ password: near })).toEqual({ accepted: false, reason: 'invalid_credentials' });
      }
    });

    it('refuses an empty password', async () => {
      expect(await login({ password: '' })).toEqual({ accepted: false, reason: 'invalid_credentials' });
    });

    it('rejects when the source cannot answer', async () => {
      if (!fixture.breakSource) return;
      await fixture.breakSource();
      const failure: unknown = await login().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StrategyUnavailable);
      expect(String(failure)).not.toContain(fixture.right.password);
    });

    it('tells how its source is, where it can', async () => {
      const { strategy, breakSource } = fixture;
      if (!reportsHealth(strategy) || !breakSource) return;
      await login();
      expect(healthOf(strategy)).toMatchObject({ strategy: strategy.name, status: 'up' });
      await breakSource();
      // One failure may be an accident, so that some sources need several.
      for (let tries = 0; tries < 20 && healthOf(strategy).status === 'up'; tries++) {
        await login().catch(() => undefined);
      }
      const { status, peers } = healthOf(strategy);
      expect(status).toBe('down');
      expect(peers.map(({ isUp, lastError }) => [isUp, typeof lastError])).toEqual([[false, 'string']]);
      expect(JSON.stringify(peers)).not.toContain(fixture.right.password);
    });

    it('writes no password to the log', async () => {
      await login();
      await login({ password: wrongPassword });
      await fixture.breakSource?.();
      if (fixture.breakSource) await login().catch(() => undefined);
      expect(fixture.log()).not.toContain(fixture.right.password);
      expect(fixture.log()).not.toContain(wrongPassword);
    });

    describe('by DN, where it can', () => {
      const byDn = (
        pick: (dns: NonNullable<StrategyFixture['dns']>) => string,
        password = fixture.right.password,
      ): Promise<Verdict | undefined> => {
        const { strategy, dns } = fixture;
        if (!authenticatesByDn(strategy) || !dns) return Promise.resolve(undefined);
        return strategy.authenticateByDn({ username: pick(dns), password, namedBy: 'dn' }, context);
      };
      const verdicts = async (...asked: Promise<Verdict | undefined>[]) =>
        (await Promise.all(asked)).filter((verdict) => verdict !== undefined);

      it('says so where the fixture knows DNs', () => {
        expect(authenticatesByDn(fixture.strategy)).toBe(fixture.dns !== undefined);
      });

      it('accepts the same person for every spelling', async () => {
        const identity = await identityFor();
        for (const verdict of await verdicts(
          byDn(({ own }) => own),
          byDn(({ otherSpelling }) => otherSpelling),
        )) {
          expect(verdict).toMatchObject({ accepted: true, identity });
        }
      });

      it('refuses a wrong password, an unknown DN, a foreign one and what is none alike', async () => {
        for (const verdict of await verdicts(
          byDn(({ own }) => own, wrongPassword),
          byDn(({ own }) => own, ''),
          byDn(({ unknown }) => unknown),
          byDn(({ outside }) => outside),
          byDn(() => fixture.right.username),
          byDn(() => ''),
        )) {
          expect(verdict).toMatchObject({ accepted: false, reason: 'invalid_credentials' });
        }
        expect(fixture.log()).not.toContain(fixture.right.password);
        expect(fixture.log()).not.toContain(wrongPassword);
      });

      it('rejects when the source cannot answer', async () => {
        if (!fixture.dns || !fixture.breakSource) return;
        await fixture.breakSource();
        const failure: unknown = await byDn(({ own }) => own).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(StrategyUnavailable);
      });
    });

    describe('entries, where it can read them', () => {
      it('shows the entry of the person, nobody for another subject, and an outage as one', async () => {
        const { strategy } = fixture;
        if (!readsEntries(strategy)) return;
        const identity = await identityFor();
        const entry = await strategy.readEntry(identity, ['*', '+', 'userPassword', 'unicodePwd']);
        expect(entry?.dn).toMatch(/=/);
        expect(JSON.stringify(entry)).not.toMatch(/userPassword|unicodePwd/i);
        expect((await strategy.readEntry(identity, []))?.attributes).toEqual({});
        for (const subject of [`${strategy.name}:nobody`, `other-${identity.subject}`]) {
          expect(await strategy.readEntry({ ...identity, subject }, ['*'])).toBeUndefined();
        }
        if (!fixture.breakSource) return;
        await fixture.breakSource();
        await expect(strategy.readEntry(identity, ['*'])).rejects.toBeInstanceOf(StrategyUnavailable);
      });
    });
  });
}
