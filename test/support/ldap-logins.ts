import { pino } from 'pino';
import { loadSettings } from '../../src/config/load-settings';
import { rereadsIdentity, StrategyUnavailable, type Verdict } from '../../src/strategies/credential-strategy';
import type { Identity } from '../../src/strategies/identity';
import { LdapStrategy } from '../../src/strategies/ldap/ldap.strategy';

type Variables = Readonly<Record<string, string | undefined>>;

export const refused: Verdict = { accepted: false, reason: 'invalid_credentials' };

/** A strategy as these variables configure it. Its log lines, of every level, go to `logLines`. */
export function ldapStrategy(env: Variables, logLines: string[] = []): LdapStrategy {
  const { settings } = loadSettings({ STRATEGIES: 'ldap', ...env });
  const logger = pino({ level: 'trace' }, { write: (line: string) => logLines.push(line) });
  return new LdapStrategy({ settings, logger });
}

export function login(ldap: LdapStrategy, username: string, password: string): Promise<Verdict> {
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
