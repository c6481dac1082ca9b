import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { loadSettings } from '../../src/config/load-settings';
import { rereadsIdentity, StrategyUnavailable, type Verdict } from '../../src/strategies/credential-strategy';
import type { Identity } from '../../src/strategies/identity';
import { LdapStrategy, type LdapStrategyOptions } from '../../src/strategies/ldap/ldap.strategy';

type Variables = Readonly<Record<string, string | undefined>>;

export const refused: Verdict = { accepted: false, reason: 'invalid_credentials' };

const opened: LdapStrategy[] = [];
afterAll(() => Promise.all(opened.splice(0).map((ldap) => ldap.close())));

/** A strategy as these variables configure it, closed at the end of the file. Its log lines, of every level, go to `logLines`. */
export function ldapStrategy(
  env: Variables,
  logLines: string[] = [],
  options: Pick<LdapStrategyOptions, 'resolveSrv'> = {},
): LdapStrategy {
  const { settings } = loadSettings({ STRATEGIES: 'ldap', ...env });
  const logger = pino({ level: 'trace' }, { write: (line: string) => logLines.push(line) });
  const ldap = new LdapStrategy({ settings, logger, ...options });
  opened.push(ldap);
  return ldap;
}

/** A verdict as a client may know it; `verdictOf` has the rest. */
export async function login(ldap: LdapStrategy, username: string, password: string): Promise<Verdict> {
  const verdict = await verdictOf(ldap, username, password);
  return verdict.accepted ? verdict : { accepted: false, reason: verdict.reason };
}

export function verdictOf(ldap: LdapStrategy, username: string, password: string): Promise<Verdict> {
  return ldap.authenticate({ username, password }, { requestId: 'request-1', address: '127.0.0.1' });
}

/** @throws Error when the login is refused. */
export async function identityOf(ldap: LdapStrategy, username: string, password: string): Promise<Identity> {
  const verdict = await login(ldap, username, password);
  if (!verdict.accepted) throw new Error(`${username} was refused`);
  return verdict.identity;
}

/** @throws Error when the strategy does not have this power. */
export async function reread(ldap: LdapStrategy, identity: Identity): Promise<Identity | undefined> {
  if (!rereadsIdentity(ldap)) throw new Error('This strategy cannot reread');
  return ldap.reread(identity);
}

/** The error of an attempt that the directory could not answer. @throws Error for any other outcome. */
export async function unavailable(attempt: Promise<unknown>): Promise<StrategyUnavailable> {
  const outcome: unknown = await attempt.catch((error: unknown) => error);
  if (outcome instanceof StrategyUnavailable) return outcome;
  throw new Error(`Not StrategyUnavailable but ${String(outcome)} ${JSON.stringify(outcome)}`);
}

/** Waits for something that happens in the background. @throws Error when it does not. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  withinMs = 5000,
): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`It did not come true within ${withinMs} ms`);
    await sleep(10);
  }
}
