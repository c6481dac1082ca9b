import { createLogger } from '../common/logger';
import { loadSettingsFromProcess } from '../config/environment';
import type { Settings } from '../config/settings';
import { AccountMac } from '../sessions/account-mac';
import { openTokenKey } from '../sessions/open-token-key';
import { Authenticator } from '../strategies/authenticator';
import { CredentialSources } from '../strategies/credential-sources';
import {
  type CredentialStrategy,
  knowsAccounts,
  looksUpPeople,
  StrategyUnavailable,
} from '../strategies/credential-strategy';
import { countedName } from '../strategies/identity';
import { AccountNames } from '../throttle/account-names';
import { AccountStore } from '../throttle/account-store';
import { AccountTries, type CountedAccount } from '../throttle/account-tries';
import { type CommandContext, onlyName, readArguments, Refused } from './command';
import { type OpenedStore, withStore } from './keys-store';

/** What is counted of somebody's failed logins, and where. */
export interface CountedAccounts {
  /** As the counters spell it. */
  readonly name: string;
  /** Each account that a login by this name would try. */
  readonly accounts: readonly CountedAccount[];
  readonly names: AccountNames;
  readonly tries: AccountTries;
}

const options = { strategy: { type: 'string' } } as const;

/**
 * Does something with the counts of the person whom NAME names at the sources, or at the one of `--strategy`.
 * Rejects with Refused where there is no such source, or the store cannot answer; with ConfigurationError.
 */
export async function withAccounts(
  args: readonly string[],
  context: CommandContext,
  action: (accounts: CountedAccounts) => Promise<void>,
): Promise<void> {
  const { values, positionals } = readArguments(args, options);
  const name = onlyName(positionals);
  const { settings } = loadSettingsFromProcess();
  await withStore(settings, async (opened) => {
    const sources = new CredentialSources({ ...opened, logger: createLogger('silent'), demo: null });
    const authenticator = new Authenticator(sources.strategies);
    try {
      const asked = chosen(sources.strategies, values.strategy);
      const accounts = await accountsOf(name, asked, context);
      await action({
        name: countedName(authenticator.canonicalName(name)),
        accounts,
        ...(await countsIn(opened, settings)),
      });
    } finally {
      await sources.close(() => authenticator.close());
    }
  });
}

async function countsIn(
  opened: OpenedStore,
  settings: Settings,
): Promise<Pick<CountedAccounts, 'names' | 'tries'>> {
  const { store, clock } = opened;
  const key = await openTokenKey({ ...opened, logger: createLogger('silent') });
  const counts = AccountStore.in(store, new AccountMac(key));
  return { names: new AccountNames(counts, clock), tries: new AccountTries(counts, clock, settings) };
}

function chosen(
  strategies: readonly CredentialStrategy[],
  name: string | undefined,
): readonly CredentialStrategy[] {
  const asked = strategies.filter((strategy) => name === undefined || strategy.name === name);
  if (asked.length === 0) throw new Refused('STRATEGIES does not name this strategy');
  return asked;
}

/** A source that cannot be asked is told on standard error; the others are asked all the same. */
async function accountsOf(
  name: string,
  strategies: readonly CredentialStrategy[],
  { stderr }: CommandContext,
): Promise<readonly CountedAccount[]> {
  const accounts: CountedAccount[] = [];
  for (const strategy of strategies) {
    try {
      const account = await accountOf(name, strategy);
      if (account === undefined) stderr.write(`${strategy.name}: nobody is found by this name\n`);
      else accounts.push(account);
    } catch (error) {
      if (!(error instanceof StrategyUnavailable)) throw error;
      stderr.write(`${error.message}\n`);
    }
  }
  return accounts;
}

async function accountOf(name: string, strategy: CredentialStrategy): Promise<CountedAccount | undefined> {
  if (knowsAccounts(strategy)) {
    const key = strategy.accountKey(name);
    return key === undefined ? undefined : { key };
  }
  const person = looksUpPeople(strategy) ? await strategy.lookUp(name) : undefined;
  return person && { key: person.identity.subject, isFound: true };
}
