import { createLogger } from '../common/logger';
import { loadSettingsFromProcess } from '../config/environment';
import type { Settings } from '../config/settings';
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
import { AccountTries } from '../throttle/account-tries';
import { type CommandContext, onlyName, readArguments, Refused } from './command';
import { type OpenedStore, withStore } from './keys-store';

/** What is counted of somebody's failed logins, and where. */
export interface CountedAccounts {
  /** As the counters spell it. */
  readonly name: string;
  /** The key of each account that a login by this name would try. */
  readonly keys: readonly string[];
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
      const keys = await keysOf(name, asked, context);
      await action({
        name: countedName(authenticator.canonicalName(name)),
        keys,
        ...countsIn(opened, settings),
      });
    } finally {
      await sources.close(() => authenticator.close());
    }
  });
}

function countsIn(
  { store, clock }: OpenedStore,
  settings: Settings,
): Pick<CountedAccounts, 'names' | 'tries'> {
  return { names: new AccountNames(store, clock), tries: new AccountTries(store, clock, settings) };
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
async function keysOf(
  name: string,
  strategies: readonly CredentialStrategy[],
  { stderr }: CommandContext,
): Promise<readonly string[]> {
  const keys: string[] = [];
  for (const strategy of strategies) {
    try {
      const key = await keyOf(name, strategy);
      if (key === undefined) stderr.write(`${strategy.name}: nobody is found by this name\n`);
      else keys.push(key);
    } catch (error) {
      if (!(error instanceof StrategyUnavailable)) throw error;
      stderr.write(`${error.message}\n`);
    }
  }
  return keys;
}

async function keyOf(name: string, strategy: CredentialStrategy): Promise<string | undefined> {
  if (knowsAccounts(strategy)) return strategy.accountKey(name);
  if (!looksUpPeople(strategy)) return undefined;
  return (await strategy.lookUp(name))?.identity.subject;
}
