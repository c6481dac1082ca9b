import { FakeClock } from '../../../test/support/fake-clock';
import { FakeRelay, maria } from '../../../test/support/fake-relay';
import { passwordCheck } from '../../../test/support/password-checks';
import { type AuditEvent, AuditTrail } from '../../common/audit-trail';
import { createLogger } from '../../common/logger';
import { StoreUnavailable } from '../../stores/store';
import { type RefusalReason, StrategyUnavailable } from '../../strategies/credential-strategy';
import type { RelayedTokens } from '../../strategies/token-relay';
import { RelayAuthService } from './relay-auth.service';

const visit = { door: 'native', requestId: 'r', address: '192.0.2.1', userAgent: '', locale: 'es' } as const;
const seen = { door: 'native', requestId: 'r', address: '192.0.2.1' };
const whom = { subject: 'external:1042', username: 'maria', strategy: 'external' };
const credentials = { username: ' María ', password: 'password-canary' };

class RecordingTrail extends AuditTrail {
  readonly events: AuditEvent[] = [];

  record(event: AuditEvent): void {
    this.events.push(event);
  }
}

describe('RelayAuthService', () => {
  const clock = new FakeClock();
  let relay: FakeRelay;
  let trail: RecordingTrail;
  let lines: string[];
  let service: RelayAuthService;

  beforeEach(() => {
    relay = new FakeRelay();
    trail = new RecordingTrail();
    lines = [];
    const logger = createLogger('trace', { write: (line) => void lines.push(line) });
    service = new RelayAuthService(relay, passwordCheck(clock), clock, logger, trail);
  });

  afterEach(() => expect(lines.join('') + JSON.stringify(trail.events)).not.toContain('canary'));

  function gives(tokens: Partial<RelayedTokens>): void {
    relay.onLogin = () => ({
      accepted: true,
      identity: maria,
      tokens: { accessToken: 'access-canary', ...tokens },
    });
  }

  function down(code?: 'TOO_MANY_REQUESTS'): () => never {
    return () => {
      throw new StrategyUnavailable('external', 'down', { code, retryAfterSeconds: 7 });
    };
  }

  describe('login', () => {
    it('hands the tokens of the source through, the name and the password as typed', async () => {
      gives({ refreshToken: 'refresh-canary', accessExpiresAtSeconds: clock.nowSeconds() + 900 });
      expect(await service.login({ credentials, strategy: 'external' }, visit)).toEqual({
        accessToken: 'access-canary',
        expiresInSeconds: 900,
        refreshToken: 'refresh-canary',
        identity: maria,
      });
      expect(relay.calls).toEqual(['login  María  password-canary']);
      expect(trail.events).toEqual([{ event: 'login', outcome: 'success', ...seen, ...whom }]);
    });

    it('invents nothing that the source did not say', async () => {
      gives({});
      const result = await service.login({ credentials }, visit);
      expect([result.refreshToken, result.expiresInSeconds, result.refreshExpiresInSeconds]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    });

    it.each(['x'.repeat(3900), '"'.repeat(1300), 'ñ'.repeat(650)])(
      'hands a refresh token through that fits into a cookie',
      async (refreshToken) => {
        gives({ refreshToken });
        expect((await service.login({ credentials }, visit)).refreshToken).toBe(refreshToken);
      },
    );

    it('names nobody whom the source could not name', async () => {
      relay.onLogin = () => ({ accepted: true, tokens: { accessToken: 'access-canary' } });
      expect(await service.login({ credentials }, visit)).not.toHaveProperty('identity.subject');
      expect(trail.events).toEqual([
        { event: 'login', outcome: 'success', username: 'maría', strategy: 'external', ...seen },
      ]);
    });

    it('never says that a token has less than no time left', async () => {
      gives({ accessExpiresAtSeconds: clock.nowSeconds() - 5 });
      expect((await service.login({ credentials }, visit)).expiresInSeconds).toBe(0);
    });

    it.each([
      ['invalid_credentials', 'UNAUTHORIZED', 401],
      ['account_locked', 'ACCOUNT_LOCKED', 403],
    ] as [RefusalReason, string, number][])('refuses %s with %s', async (reason, code, status) => {
      relay.onLogin = () => ({ accepted: false, reason, logReason: 'in truth' });
      await expect(service.login({ credentials }, visit)).rejects.toMatchObject({ code, status });
      expect(trail.events).toEqual([
        {
          ...{ event: 'login', outcome: 'refused', reason: 'in truth', username: 'maría' },
          ...{ strategy: 'external', ...seen },
        },
      ]);
    });

    it.each([
      { username: 'maria', password: '' },
      { username: ' \u00a0', password: 'password-canary' },
    ])('refuses an empty password and a blank name without a call', async (empty) => {
      await expect(service.login({ credentials: empty }, visit)).rejects.toMatchObject({
        code: 'UNAUTHORIZED',
      });
      expect(relay.calls).toEqual([]);
      expect(trail.events).toMatchObject([{ outcome: 'refused', reason: 'invalid_credentials' }]);
    });

    it('refuses a DN without a call: to the source it would be a name', async () => {
      const byDn = { ...credentials, username: 'uid=alice,dc=x', namedBy: 'dn' } as const;
      await expect(service.login({ credentials: byDn }, visit)).rejects.toMatchObject({
        code: 'UNAUTHORIZED',
      });
      expect(relay.calls).toEqual([]);
    });

    it('asks nobody for a strategy that is not the source', async () => {
      await expect(service.login({ credentials, strategy: 'ldap' }, visit)).rejects.toMatchObject({
        code: 'VALIDATION_ERROR',
        options: { fields: [{ campo: 'strategy' }] },
      });
      expect(relay.calls).toEqual([]);
    });

    it.each([
      [undefined, 'SERVICE_UNAVAILABLE', 503],
      ['TOO_MANY_REQUESTS', 'TOO_MANY_REQUESTS', 429],
    ] as const)('passes an outage on (%s)', async (told, code, status) => {
      relay.onLogin = down(told);
      await expect(service.login({ credentials }, visit)).rejects.toMatchObject({
        code,
        status,
        options: { retryAfterSeconds: 7 },
      });
      expect(trail.events).toMatchObject([
        { event: 'login', outcome: 'unavailable', reason: 'external', username: 'maría' },
      ]);
    });

    it.each([
      ['a store that fails', () => new StoreUnavailable('away')],
      ['a fault of our own', () => new TypeError('error-canary')],
    ])('leaves a line in the audit trail also for %s', async (_, error) => {
      relay.onLogin = () => {
        throw error();
      };
      await expect(service.login({ credentials }, visit)).rejects.toThrow();
      const reason = 'the gateway could not go on; the log tells more of this request';
      expect(trail.events).toMatchObject([{ event: 'login', outcome: 'unavailable', reason }]);
    });

    it.each([
      ['too long', 'x'.repeat(3901)],
      ['too long once it is encoded', '"'.repeat(1301)],
      ['empty', ''],
      ['no Unicode text', 'a\ud800b'],
    ])('lets the person in without a refresh token that is %s, and says so', async (_fault, refreshToken) => {
      gives({ refreshToken });
      const result = await service.login({ credentials }, visit);
      expect([result.accessToken, result.refreshToken]).toEqual(['access-canary', undefined]);
      expect(lines.join('')).toContain('refresh token that is not handed through');
    });
  });

  describe('refresh', () => {
    it('gives a refresh token only where the source rotated it', async () => {
      expect(await service.refresh('refresh-canary', visit)).toEqual({ accessToken: 'access-canary-2' });
      relay.onRefresh = () => ({
        accepted: true,
        identity: maria,
        tokens: { accessToken: 'access-canary-3', refreshToken: 'canary-4' },
      });
      expect((await service.refresh('refresh-canary', visit)).refreshToken).toBe('canary-4');
      expect(relay.calls).toEqual(['refresh refresh-canary', 'refresh refresh-canary']);
      expect(trail.events).toEqual([
        { event: 'refresh', outcome: 'success', strategy: 'external', ...seen },
        { event: 'refresh', outcome: 'success', ...seen, ...whom },
      ]);
    });

    it('says what the source refused', async () => {
      relay.onRefresh = () => ({ accepted: false });
      await expect(service.refresh('refresh-canary', visit)).rejects.toMatchObject({
        code: 'REFRESH_TOKEN_INVALID',
        status: 401,
      });
      expect(trail.events).toMatchObject([{ event: 'refresh', outcome: 'refused', strategy: 'external' }]);
    });

    it('does not take an outage for a refusal', async () => {
      relay.onRefresh = down();
      await expect(service.refresh('refresh-canary', visit)).rejects.toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
      });
      expect(trail.events).toMatchObject([{ event: 'refresh', outcome: 'unavailable' }]);
    });

    it.each(['x'.repeat(3901), 'a\ud800b', ''])(
      'asks nobody about what cannot be a token of the source',
      async (token) => {
        await expect(service.refresh(token, visit)).rejects.toMatchObject({ code: 'REFRESH_TOKEN_INVALID' });
        expect(relay.calls).toEqual([]);
      },
    );
  });

  describe('logout', () => {
    it('ends the session at the source', async () => {
      await service.logout({ refreshToken: 'refresh-canary' }, visit);
      expect(relay.calls).toEqual(['revoke refresh-canary']);
      expect(trail.events).toEqual([{ event: 'logout', outcome: 'success', strategy: 'external', ...seen }]);
    });

    it('asks nobody without a refresh token', async () => {
      await service.logout({}, visit);
      await service.logout({ refreshToken: 'x'.repeat(3901) }, visit);
      expect([relay.calls, trail.events]).toEqual([[], []]);
    });

    it('asks nobody when too many come from one address, and warns once', async () => {
      const refreshToken = 'refresh-canary';
      await service.logout({ refreshToken, excess: 'first' }, visit);
      for (let each = 0; each < 3; each++) await service.logout({ refreshToken, excess: 'further' }, visit);
      expect([relay.calls, trail.events]).toEqual([[], []]);
      expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
        { level: 40, requestId: 'r', strategy: 'external', address: '192.0.2.1' },
      ]);
    });

    it('succeeds whatever the source says, and warns', async () => {
      relay.onRevoke = down();
      await service.logout({ refreshToken: 'refresh-canary' }, visit);
      expect(trail.events).toMatchObject([{ event: 'logout', outcome: 'unavailable' }]);
      expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
        { level: 40, requestId: 'r', detail: 'external: down' },
      ]);
    });
  });
});
